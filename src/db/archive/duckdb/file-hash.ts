import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const PIECE_BYTES = 1024 * 1024;

/** SHA-256 of a file in hex. Reads it piece by piece, so that the process does other work meanwhile. */
export async function fileHash(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: PIECE_BYTES }), hash, { signal });
  return hash.digest('hex');
}
