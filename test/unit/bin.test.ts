import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '../../bin');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  cpSync(BIN, join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), text);
}

const run = (): string => execFileSync(process.execPath, [join(folder, 'bin/weir.cjs')], { encoding: 'utf8' });

test('an installed package runs dist', () => {
  write('dist/main.js', "console.log('dist')");
  expect(run()).toBe('dist\n');
});

test('a clone runs its sources, also beside a dist that is newer', () => {
  write('src/main.ts', "console.log('src' as string)");
  write('dist/main.js', "console.log('dist')");
  expect(run()).toBe('src\n');
});

/** A Node older than 24 that this machine has outside of `node_modules`. */
function oldNode(): string | undefined {
  const found = process.env
    .PATH!.split(delimiter)
    .filter((path) => !path.includes('node_modules'))
    .map((path) => join(path, 'node'))
    .filter((path) => existsSync(path));
  return found.find((node) => Number(execFileSync(node, ['-p', 'parseInt(process.versions.node)'])) < 24);
}

test('an older Node gets one sentence', ({ skip }) => {
  const node = oldNode();
  if (!node) skip('skipped: this machine has no Node older than 24 on its PATH');
  const { status, stdout, stderr } = spawnSync(node!, [join(BIN, 'weir.cjs'), 'serve'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^weir: expected Node 24 or newer, got Node \d+\.\d+\.\d+ \(\S+\): install [^\n]+\n$/);
});
