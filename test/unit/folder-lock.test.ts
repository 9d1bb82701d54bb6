import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from '../../src/folder-lock.ts';
import { LINUX_MISSING, needs } from '../support/needs.ts';
import { remove, temporaryFolder } from '../support/server.ts';

const MODULE = join(import.meta.dirname, '../../src/folder-lock.ts');
const HELD = /another Weir server is running on .*: stop it, or set DATA_DIR/;

let folder: string;
let children: ChildProcess[];

beforeEach(async () => {
  folder = await temporaryFolder();
  children = [];
});
afterEach(async () => {
  for (const child of children) await kill(child);
  await remove(folder);
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** A process that runs `code` and then waits. `said` is all that it printed, on stdout and stderr, up to its first line. */
async function run(code: string, command: readonly string[] = []): Promise<{ child: ChildProcess; said: string }> {
  const [program, ...args] = [
    ...command,
    process.execPath,
    '--input-type=module',
    '--eval',
    `${code}\nsetInterval(() => {}, 1000);`,
  ];
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let said = '';
  await new Promise<void>((resolve) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk) => {
        said += chunk;
        if (said.includes('\n')) resolve();
      });
    }
  });
  return { child, said };
}

/** A process that locks the folder as a server does. The lock stays in a variable, as it would in a server. */
const lockingProcess = (command?: readonly string[]) =>
  run(
    `const { lockFolder } = await import(${JSON.stringify(MODULE)});
     try { globalThis.lock = await lockFolder(${JSON.stringify(folder)}); console.log('locked'); }
     catch (error) { console.log(error.message); }`,
    command,
  );

/** A command that runs another in a network namespace of its own, as a container does. */
const ISOLATED = ['unshare', '--net'];

function whyNotIsolated(): string | undefined {
  try {
    execFileSync(ISOLATED[0]!, [...ISOLATED.slice(1), 'true'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'a network namespace of its own needs root and unshare';
  }
}

test('a folder is locked between network namespaces, until its holder is killed', needs(whyNotIsolated()), async () => {
  const first = await lockingProcess(ISOLATED);
  expect(first.said).toBe('locked\n');
  expect((await lockingProcess(ISOLATED)).said).toMatch(HELD);
  await expect(lockFolder(folder)).rejects.toThrow(HELD);
  await kill(first.child);
  expect((await lockingProcess(ISOLATED)).said).toBe('locked\n');
});

test('the lock on the file alone keeps another process out', async () => {
  const file = JSON.stringify(join(folder, 'lock.sqlite'));
  const { child } = await run(
    `const { DatabaseSync } = await import('node:sqlite');
     globalThis.lock = new DatabaseSync(${file}); globalThis.lock.exec('begin exclusive'); console.log('locked');`,
  );
  await expect(lockFolder(folder)).rejects.toThrow(HELD);
  // The failed attempt left nothing locked.
  await kill(child);
  await using _lock = await lockFolder(folder);
});

test('the socket of a server of version 0.1.0 keeps another out', needs(LINUX_MISSING), async () => {
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 32);
  const old = createServer().listen(`\0weir-${name}`);
  await once(old, 'listening');
  await expect(lockFolder(folder)).rejects.toThrow(HELD);
  old.close();
  await once(old, 'close');
  await using _lock = await lockFolder(folder);
});

test('one process locks a folder once, and again when it has freed it', async () => {
  const lock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(HELD);
  // That attempt must not have freed the lock of this process.
  expect((await lockingProcess(whyNotIsolated() === undefined ? ISOLATED : [])).said).toMatch(HELD);
  await lock[Symbol.asyncDispose]();
  expect((await lockingProcess()).said).toBe('locked\n');
});
