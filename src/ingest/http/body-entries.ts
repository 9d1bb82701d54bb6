import { createHash } from 'node:crypto';
import { BodyRejected } from '../../errors.ts';
import { type BodyReader, beginOf } from '../../log-file/body-format.ts';
import type { BodyEntry, EntryReader, ReadLine } from '../../log-file/entries/entry.ts';
import type { MemoryShare } from './body-memory.ts';
import { PART_BYTES_MAX } from './body-parts.ts';

/** A body up to this size is read whole before any of it is stored. If it is rejected, nothing of it is stored. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;
/** The limit of a body that must be held whole: its hash is needed before its first record is stored, or its protocol needs all of it. */
export const WHOLE_BYTES_MAX = 32 * 1024 * 1024;
/** A longer body always has memory for a part that is being stored and one that is being made, whatever its length. */
const STREAM_BYTES = 2 * PART_BYTES_MAX;

/**
 * The entries of a body, piece by piece. A longer body is read only as far as the caller asks. `onWhole` is called before the first
 * entry with the hash of a body that is held whole.
 * @throws Overloaded other requests' bodies hold the memory
 * @throws what `chunks` throws, after the pieces before it
 */
export async function* readEntries(
  chunks: AsyncIterable<Uint8Array>,
  format: BodyReader,
  share: MemoryShare,
  onWhole?: (hash: Buffer) => void,
  readLine?: ReadLine,
): AsyncGenerator<Iterable<BodyEntry>> {
  const held: Uint8Array[] = [];
  const hash = onWhole && createHash('sha256');
  let bytes = 0;
  let reader: EntryReader<BodyEntry> | undefined;
  for await (const chunk of chunks) {
    if (reader) {
      yield reader.push(chunk);
      continue;
    }
    held.push(chunk);
    hash?.update(chunk);
    bytes += chunk.length;
    share.take(chunk.length);
    if (bytes <= HELD_BYTES_MAX) continue;
    share.take(Math.max(0, STREAM_BYTES - bytes));
    reader = readerOf(held, format, readLine);
    for (const early of held.splice(0)) yield reader.push(early);
  }
  if (reader) yield reader.end();
  else {
    if (hash) onWhole?.(hash.digest());
    yield* entriesOf(held, format, readLine);
  }
}

interface WholeBody {
  chunks: Uint8Array[];
  hash: Buffer;
}

/**
 * Reads a body that is needed whole.
 * @throws BodyRejected 413
 * @throws as `readEntries` does
 */
export async function readWhole(chunks: AsyncIterable<Uint8Array>, share: MemoryShare): Promise<WholeBody> {
  const body: Uint8Array[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > WHOLE_BYTES_MAX) throw tooLarge();
    share.take(chunk.length);
    hash.update(chunk);
    body.push(chunk);
  }
  return { chunks: body, hash: hash.digest() };
}

/** The entries of a body that is held whole, piece by piece. */
export function* entriesOf(
  body: readonly Uint8Array[],
  format: BodyReader,
  readLine?: ReadLine,
): Generator<Iterable<BodyEntry>> {
  const reader = readerOf(body, format, readLine);
  for (const chunk of body) yield reader.push(chunk);
  yield reader.end();
}

function readerOf(
  body: readonly Uint8Array[],
  format: BodyReader,
  readLine: ReadLine | undefined,
): EntryReader<BodyEntry> {
  const { begin, isWhole } = beginOf(body);
  return format.readerFor(begin, isWhole, readLine);
}

const tooLarge = (): BodyRejected =>
  new BodyRejected(
    413,
    'BODY_TOO_LARGE',
    `expected at most ${WHOLE_BYTES_MAX} bytes of a body that must be held whole, got more: send it in several bodies, or (to /ingest) without an Idempotency-Key`,
  );
