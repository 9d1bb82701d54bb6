import { type ItemError, itemError } from './errors.ts';

/**
 * A line of a checkpoint file: the run, an item that has finished, or how a session of the run ended. A result that is too long
 * or no JSON is left out, and `omitted` says why.
 */
export type CheckpointLine =
  | { checkpoint: 1; operation: string; pipeline_id: string; started_at: string }
  | { key: string; result?: unknown; omitted?: string }
  | { key: string; error: ItemError }
  | { status: 'succeeded' | 'failed' | 'cancelled' | 'timed_out'; at: string };

export type FinishedItem = Extract<CheckpointLine, { key: string }>;

/** A longer line is no checkpoint's. */
export const LINE_BYTES_MAX = 1024 * 1024;
const RESULT_BYTES_MAX = 64 * 1024;

export const failedLine = (key: string, error: unknown): FinishedItem => ({ key, error: itemError(error) });

export function doneLine(key: string, result: unknown): FinishedItem {
  let json: string | undefined;
  try {
    json = JSON.stringify(result);
  } catch (error) {
    return { key, omitted: `no JSON: ${(error as Error).message}` };
  }
  if (json === undefined) return { key };
  const bytes = Buffer.byteLength(json);
  return bytes > RESULT_BYTES_MAX ? { key, omitted: `${bytes} bytes; at most ${RESULT_BYTES_MAX}` } : { key, result };
}

/** Undefined: the line is damaged. */
export function parseLine(line: string): CheckpointLine | undefined {
  try {
    const value = JSON.parse(line);
    const isLine = typeof value?.key === 'string' || typeof value?.status === 'string' || value?.checkpoint === 1;
    return isLine ? value : undefined;
  } catch {
    return undefined;
  }
}
