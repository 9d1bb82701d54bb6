import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPackage } from '../../support/client/installed-package.ts';
import { isExpected, runBlock, shellBlocks } from '../../support/documents.ts';

/** Their programs import the package, so they run where it is installed, with the commands that docs.test.ts leaves out. */
const DOCUMENTS = ['docs/client-operation.md', 'docs/client-files.md'];
/** A program of a document says its file's name in its first line. */
const PROGRAM = /^```js\n(\/\/ (\w+\.mjs)\n.*?)^```$/gms;

const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
beforeAll(() => installPackage(folder, 'pino'));
afterAll(() => rmSync(folder, { recursive: true }));

test.for(DOCUMENTS)('%s: its programs and commands do what it shows', async (document) => {
  const programs = Array.from(readFileSync(document, 'utf8').matchAll(PROGRAM));
  for (const [, text, name] of programs) writeFileSync(join(folder, name!), text!);
  expect(programs.length).toBeGreaterThan(0);
  for (const block of shellBlocks(document)) {
    const commands = `PATH='${join(process.execPath, '..')}':$PATH\n${block.commands}`;
    const printed = await runBlock({ ...block, commands }, 'http://127.0.0.1:1', folder);
    if (block.expected && !isExpected(block.expected, printed)) {
      expect.soft(printed, block.at).toBe(block.expected.output);
    }
  }
});
