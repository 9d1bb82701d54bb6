import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { weirCommand } from '../../../src/cli/weir-command.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir-test-')));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A package folder at `path` with a bin file. */
function makePackage(path: string): string {
  const packageFolder = join(folder, path);
  mkdirSync(join(packageFolder, 'bin'), { recursive: true });
  writeFileSync(join(packageFolder, 'bin/weir.cjs'), '');
  return packageFolder;
}

/** A folder of PATH whose `weir` leads to `packageFolder`. */
function makeBin(path: string, packageFolder: string): string {
  const command = join(folder, path, 'weir');
  mkdirSync(dirname(command), { recursive: true });
  symlinkSync(join(packageFolder, 'bin/weir.cjs'), command);
  return dirname(command);
}

test('a global installation is run as weir', () => {
  const packageFolder = makePackage('lib/node_modules/weir-logs');
  const path = ['/nowhere', makeBin('bin', packageFolder)].join(delimiter);
  expect(weirCommand({ packageFolder, path, cwd: '/' })).toBe('weir');
});

test('another program of that name on PATH is not ours', () => {
  const packageFolder = makePackage('app/node_modules/weir-logs');
  const path = makeBin('bin', makePackage('other'));
  expect(weirCommand({ packageFolder, path, cwd: join(folder, 'app') })).toBe('npx --no-install weir');
});

test('a PATH that only npm gave to this process does not count', () => {
  const packageFolder = makePackage('app/node_modules/weir-logs');
  const path = makeBin('app/node_modules/.bin', packageFolder);
  expect(weirCommand({ packageFolder, path, cwd: join(folder, 'app/src') })).toBe('npx --no-install weir');
});

test('from another folder, the command goes to the folder that has Weir first', () => {
  const packageFolder = makePackage('clone');
  expect(weirCommand({ packageFolder, path: '', cwd: '/' })).toBe(`cd '${packageFolder}' && npx --no-install weir`);
  expect(weirCommand({ packageFolder, path: '', cwd: `${packageFolder}-2` })).toMatch(/^cd /);
});
