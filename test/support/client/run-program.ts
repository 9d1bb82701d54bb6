import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Plan } from './operation-program.ts';

export interface Running extends AsyncDisposable {
  process: ChildProcess;
  stdout(): string;
  stderr(): string;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export const OPERATION_PROGRAM = join(import.meta.dirname, 'operation-program.ts');

export const environmentOf = (plan: Plan): NodeJS.ProcessEnv => ({
  ...process.env,
  NO_COLOR: '1',
  CI: '',
  OPERATION: JSON.stringify(plan),
});

/** The operation's program, without a terminal. */
export const runOperationProgram = (plan: Plan): Running =>
  runProgram(process.execPath, [OPERATION_PROGRAM], environmentOf(plan));

export function runProgram(program: string, args: string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return {
    process: child,
    stdout: () => out,
    stderr: () => err,
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}
