import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoopLine } from './loop-watch.ts';
import { until } from './server.ts';

const WATCH = join(import.meta.dirname, 'loop-watch.ts');
const fileIn = (folder: string): string => join(folder, 'loop');

/** Settings of a server whose event loop is watched. `heapMb` bounds its heap. */
export const watchedBy = (folder: string, heapMb = 4096) => ({
  LOOP_FILE: fileIn(folder),
  NODE_OPTIONS: `--import=${WATCH} --max-old-space-size=${heapMb}`,
});

/** What the loop of a watched server was since the last call. */
export async function readLoop(server: ChildProcess, folder: string): Promise<LoopLine> {
  const before = (await linesIn(folder)).length;
  server.kill('SIGUSR2');
  return until(async () => (await linesIn(folder))[before], 60_000, 'a line of the watch');
}

async function linesIn(folder: string): Promise<LoopLine[]> {
  const text = await readFile(fileIn(folder), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
