import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveFile } from '../connection/archive-link.ts';
import { fileHash } from './duckdb/file-hash.ts';

/** A file of this size and time of change has been read. */
interface Read {
  stamp: string;
  problem: string | null;
}

export interface CheckState {
  /** Bytes that may still be read. */
  bytesLeft: number;
  /** By path. */
  readonly known: Map<string, Read>;
}

/**
 * What is wrong with a file of the archive; null if nothing is. Where its time is another one than when it was archived, as after a
 * copy, all of it is read once. Undefined: that has to wait, for `bytesLeft` is used up. `program.ts` checks in the same way.
 */
export async function checkFile(
  folder: string,
  { path, bytes, modifiedMs, sha256 }: ArchiveFile,
  state: CheckState,
  signal: AbortSignal,
): Promise<string | null | undefined> {
  const file = join(folder, path);
  try {
    const found = await stat(file);
    if (found.size !== bytes) return `expected ${bytes} bytes, found ${found.size}`;
    const stamp = `${found.size} ${found.mtimeMs} ${found.ino}`;
    if (Math.floor(found.mtimeMs) === modifiedMs) return null;
    const known = state.known.get(path);
    if (known?.stamp === stamp) return known.problem;
    if (state.bytesLeft <= 0) return undefined;
    state.bytesLeft -= bytes;
    const isRight = (await fileHash(file, signal)) === sha256;
    const problem = isRight ? null : 'expected the bytes that were archived, found others';
    state.known.set(path, { stamp, problem });
    return problem;
  } catch (error) {
    signal.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? 'expected a file of the archive, found none'
      : `expected to read it, got ${code}`;
  }
}
