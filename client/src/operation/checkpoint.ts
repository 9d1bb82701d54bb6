import { randomUUID } from 'node:crypto';
import { appendFileSync, closeSync, fdatasync, fsyncSync, openSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckpointLine, FinishedItem } from './checkpoint-line.ts';
import { readLines } from './checkpoint-lines.ts';

/**
 * What a run has finished, in an append-only file of JSON lines. A line is handed to the system before its item counts, so it
 * survives `kill -9`. It is synced to the disk once a second and at the end: after a loss of power, the items of the last
 * second may be handled again.
 */
export interface Checkpoint {
  readonly path: string;
  readonly pipelineId: string;
  readonly isResumed: boolean;
  /** Damaged lines that were skipped. Their items are handled again. */
  readonly damaged: number;
  has(key: string): boolean;
  /** Writes the item's line, then calls `onFinished`. @throws the line cannot be written; from then on every call throws */
  add(item: FinishedItem): void;
  /** Syncs what was added, in the background. */
  sync(): void;
  close(status: 'succeeded' | 'failed' | 'cancelled' | 'timed_out'): void;
}

interface Opening {
  operation: string;
  dir: string;
  pipelineId: string | undefined;
  resume: boolean;
}

/** A key takes about 100 bytes of memory. */
const KEYS_MAX = 10_000_000;

export const checkpointPath = (operation: string, dir: string): string => join(dir, `${operation}.checkpoint.ndjson`);

/**
 * Opens the file of a run that did not reach its end, or begins one; the former file then becomes `.previous`. `onFinished`
 * is called for each item that is finished, also in former sessions, with the bytes of its line.
 */
export async function openCheckpoint(
  { operation, dir, pipelineId, resume }: Opening,
  onFinished: (item: FinishedItem, bytes: number) => void,
): Promise<Checkpoint> {
  const path = checkpointPath(operation, dir);
  const finished = new Set<string>();
  const found = resume ? await unfinishedRun(path) : undefined;
  if (found) {
    for await (const { line, bytes } of readLines(path)) {
      if (line && 'key' in line && !finished.has(line.key)) count(line, bytes);
    }
    truncateSync(path, found.end);
  } else {
    keepPrevious(path);
  }
  const id = found?.pipelineId ?? pipelineId ?? randomUUID();
  const file = openSync(path, 'a');
  let failure: unknown;
  let unsynced = false;
  if (!found) append({ checkpoint: 1, operation, pipeline_id: id, started_at: new Date().toISOString() });

  function append(line: CheckpointLine): number {
    if (failure !== undefined) throw failure;
    try {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      appendFileSync(file, bytes);
      unsynced = true;
      return bytes.length;
    } catch (error) {
      failure = error;
      throw error;
    }
  }

  function count(item: FinishedItem, bytes: number): void {
    if (finished.size >= KEYS_MAX) throw new Error(`an operation has at most ${KEYS_MAX} items. Divide it.`);
    finished.add(item.key);
    onFinished(item, bytes);
  }

  return {
    path,
    pipelineId: id,
    isResumed: found !== undefined,
    damaged: found?.damaged ?? 0,
    has: (key) => finished.has(key),
    add: (item) => count(item, append(item)),
    sync() {
      if (!unsynced) return;
      unsynced = false;
      fdatasync(file, () => {});
    },
    close(status) {
      try {
        append({ status, at: new Date().toISOString() });
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
  };
}

/** The run in the file, if it did not reach its end. `end`: where its last whole line ends. */
async function unfinishedRun(path: string): Promise<{ pipelineId: string; end: number; damaged: number } | undefined> {
  let pipelineId: string | undefined;
  let hasEnded = false;
  let end = 0;
  let damaged = 0;
  for await (const { line, end: lineEnd } of readLines(path)) {
    end = lineEnd;
    if (!line) damaged++;
    else if ('checkpoint' in line) pipelineId = line.pipeline_id;
    else hasEnded = 'status' in line && line.status === 'succeeded';
  }
  return pipelineId === undefined || hasEnded ? undefined : { pipelineId, end, damaged };
}

function keepPrevious(path: string): void {
  try {
    renameSync(path, `${path}.previous`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * The finished items of the newest run, each once, from its checkpoint file: also results that the return value of
 * `runOperation` left out.
 */
export async function* readFinished(operation: string, dir = 'logs/progress'): AsyncGenerator<FinishedItem> {
  const seen = new Set<string>();
  for await (const { line } of readLines(checkpointPath(operation, dir))) {
    if (!line || !('key' in line) || seen.has(line.key)) continue;
    seen.add(line.key);
    yield line;
  }
}
