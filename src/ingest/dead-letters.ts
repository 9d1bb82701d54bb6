import { type FileHandle, open } from 'node:fs/promises';
import { now } from '../log/time.ts';

/** What could not be taken and whose sender is gone: as it came, and why. */
export interface DeadLetter {
  raw: string;
  reason: string;
}

/** The file grows to this; past it, nothing more is taken until somebody has moved it away. */
export const DEAD_LETTERS_BYTES_MAX = 1024 ** 3;

/**
 * Appends to a file of NDJSON lines `{at, reason, raw}`, for its owner's eyes only. Resolves when they are fsynced; rejects,
 * with the file as it was, where it cannot be written or would pass the bound.
 */
export function createDeadLetters(path: string, bytesMax = DEAD_LETTERS_BYTES_MAX) {
  let last: Promise<void> = Promise.resolve();
  return (letters: readonly DeadLetter[]): Promise<void> => {
    const at = now();
    const lines = Buffer.from(letters.map(({ raw, reason }) => `${JSON.stringify({ at, reason, raw })}\n`).join(''));
    const written = last.then(() => append(path, lines, bytesMax));
    last = written.catch(() => {});
    return written;
  };
}

async function append(path: string, lines: Buffer, bytesMax: number): Promise<void> {
  await using file = await open(path, 'a', 0o600);
  const { size } = await file.stat();
  if (size + lines.length > bytesMax) {
    throw new Error(`expected at most ${bytesMax} bytes of dead letters, ${path} holds ${size}: move it away`);
  }
  await writeWhole(file, lines, size);
}

async function writeWhole(file: FileHandle, lines: Buffer, size: number): Promise<void> {
  try {
    await file.writeFile(lines);
    await file.datasync();
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
}
