#!/usr/bin/env node
// The command `weir`. Only syntax that Node 8 reads: an old Node must be able to run this file and say that it is too old.
'use strict';

const fs = require('fs');
const path = require('path');

const NODE_MAJOR_MIN = 24;

/** A clone runs its sources, and never a `dist` that an earlier `npm pack` left there. An installed package has only `dist`. */
function mainFile() {
  const source = path.join(__dirname, '../src/main.ts');
  return fs.existsSync(source) ? source : path.join(__dirname, '../dist/main.js');
}

if (parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  const got = `Node ${process.versions.node} (${process.execPath})`;
  console.error(
    `weir: expected Node ${NODE_MAJOR_MIN} or newer, got ${got}: install a newer Node, or put it first in PATH`
  );
  process.exitCode = 1;
} else {
  require(mainFile());
}
