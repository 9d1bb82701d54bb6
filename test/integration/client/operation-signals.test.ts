import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Progress } from '../../../client/src/operation.ts';
import { FAILING, type Plan } from '../../support/client/operation-program.ts';
import { environmentOf, OPERATION_PROGRAM, runOperationProgram, runProgram } from '../../support/client/run-program.ts';
import { LINUX_MISSING, needs } from '../../support/needs.ts';
import { until } from '../../support/server.ts';
import { inTerminal, TERMINAL_MISSING } from '../../support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'weir-test-'));
afterAll(() => rmSync(root, { recursive: true }));
const folder = (): string => mkdtempSync(join(root, 'run-'));

/** Undefined before the first one is written. Fails if what is there is not whole. */
function progressIn(dir: string): Progress | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, 'leads.json'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
const untilProcessed = (dir: string, count: number) => until(() => (progressIn(dir)?.processed ?? 0) >= count, 30_000);

test.for([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s: what has begun is aborted, what is finished is saved, and the exit code is %d',
  async ([signal, code]) => {
    const dir = folder();
    await using program = runOperationProgram({ dir, count: 6, holdFrom: 5 });
    await untilProcessed(dir, 5);
    program.process.kill(signal);
    expect(await program.exited).toEqual({ code, signal: null });
    expect(progressIn(dir)).toMatchObject({
      status: 'cancelled',
      processed: 5,
      summary: { reason: `it received ${signal}` },
    });
    expect(program.stdout()).toContain('"operation cancelled"');
    expect(program.stdout()).toContain('"program ended"');
  },
);

test('a signal is heard although no item ever waits for the event loop', async () => {
  const dir = folder();
  await using program = runOperationProgram({ dir, count: 0, busy: true });
  await untilProcessed(dir, 1);
  program.process.kill('SIGTERM');
  expect((await program.exited).code).toBe(143);
});

test('without a terminal a hangup ends no run, and nothing but the log is printed', async () => {
  const dir = folder();
  await using program = runOperationProgram({ dir, count: 10, holdFrom: 9 });
  await untilProcessed(dir, 5);
  program.process.kill('SIGHUP');
  const before = progressIn(dir)!.timestamp;
  await until(() => progressIn(dir)!.timestamp > before);
  program.process.kill('SIGTERM');
  expect((await program.exited).code).toBe(143);
  const lines = program.stdout().trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).service)).toEqual(lines.map(() => 'operation-program'));
  expect(program.stderr()).toBe('');
});

test('another process with the same operation is refused', async () => {
  const dir = folder();
  await using first = runOperationProgram({ dir, count: 6, holdFrom: 5 });
  await untilProcessed(dir, 5);
  await using second = runOperationProgram({ dir, count: 6 });
  expect((await second.exited).code).toBe(1);
  expect(second.stderr()).toContain('operation leads: another run of this name is working in');
  first.process.kill('SIGKILL');
  await first.exited;
  await using third = runOperationProgram({ dir, count: 6 });
  expect((await third.exited).code, third.stderr()).toBe(0);
});

test(
  'a checkpoint file that cannot grow ends the run as failed, and what was written is resumed',
  needs(LINUX_MISSING),
  async () => {
    const dir = folder();
    const plan: Plan = { dir, count: 400 };
    const limited = `ulimit -f 8; exec '${process.execPath}' '${OPERATION_PROGRAM}'`;
    await using full = runProgram('bash', ['-c', limited], environmentOf(plan));
    await full.exited;
    expect(progressIn(dir)).toMatchObject({ status: 'failed', summary: { reason: expect.stringContaining('EFBIG') } });
    const { processed } = progressIn(dir)!;
    expect(processed).toBeGreaterThan(100);
    await using resumed = runOperationProgram(plan);
    expect((await resumed.exited).code).toBe(0);
    expect(resumed.stdout()).toContain(`"processed":${processed},`);
    expect(progressIn(dir)).toMatchObject({ status: 'succeeded', processed: 400, failed: 2 });
  },
);

/** A frame of the bar: the cursor is saved, and comes back. */
const FRAME = /\x1b7.*?\x1b8(?:\x1b\[1A)?/gs;

async function inTerminalOf24Rows(plan: Plan, background = ''): Promise<string> {
  const [script, args] = inTerminal(
    `bash -c "stty rows 24 cols 100; set -m; '${process.execPath}' '${OPERATION_PROGRAM}' ${background}"`,
  );
  await using program = runProgram(script, args, environmentOf(plan));
  expect((await program.exited).code, program.stdout()).toBe(0);
  return program.stdout().replaceAll('\r\n', '\n');
}

test(
  'on a terminal a bar stands in the last row, and no log line is mixed with it',
  needs(TERMINAL_MISSING),
  async () => {
    const shown = await inTerminalOf24Rows({ dir: folder(), count: 300 });
    const frames = Array.from(shown.matchAll(FRAME), ([frame]) => frame);
    expect(frames[0]).toBe('\x1b7\x1b[1;23r\x1b8\x1b[1A');
    expect(frames[1]).toMatch(/^\x1b7\x1b\[24;1H\x1b\[2Kleads -{24} 0% \| 0\/300 \| 0 failed \| -\/s \| ETA -\x1b8$/);
    expect(frames.at(-1)).toBe('\x1b7\x1b[r\x1b[24;1H\x1b[2K\x1b8');
    const lines = shown
      .replaceAll(FRAME, '')
      .split('\n')
      .filter((line) => line !== '');
    const [last] = lines.splice(
      lines.findIndex((line) => line.startsWith('leads ')),
      1,
    );
    expect(last).toMatch(/^leads #{24} 100% \| 300\/300 \| 2 failed \| .* succeeded$/);
    expect(lines.filter((line) => JSON.parse(line).item === String(FAILING))).toHaveLength(1);
  },
);

test('in the background the terminal is left to the shell', needs(TERMINAL_MISSING), async () => {
  const shown = await inTerminalOf24Rows({ dir: folder(), count: 20 }, '& wait');
  expect(shown).toContain('operation succeeded');
  expect(shown).not.toContain('\x1b[');
});
