import { ArchiveUnavailable } from '../../../errors.ts';
import type { ListedFile } from '../archived-partitions.ts';
import { fileHash } from '../duckdb/file-hash.ts';

/** Reads the whole file. @throws ArchiveUnavailable unless its bytes are those that were archived */
export async function expectArchived(source: string, { path, sha256 }: ListedFile, signal: AbortSignal): Promise<void> {
  let found: string;
  try {
    found = await fileHash(source, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new ArchiveUnavailable(`${path}: expected a file of the archive, found none that can be read (${source})`, {
      cause: error,
    });
  }
  if (found !== sha256) {
    throw new ArchiveUnavailable(`${path}: expected the bytes that were archived, found others (${source})`);
  }
}
