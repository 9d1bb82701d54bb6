import { BodyRejected } from '../../errors.ts';
import { type BodyReader, beginOf } from '../../log-file/body-format.ts';
import type { Entry, EntryReader } from '../../log-file/entries/entry.ts';
import type { MemoryShare } from './body-memory.ts';
import { PART_CHARACTERS_MAX } from './body-parts.ts';

/** A body up to this size is read whole before any of it is stored. If it is rejected, nothing of it is stored. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;
/** The limit of a body that must be read whole: JSON, or a body whose hash is needed before its first record is stored. */
export const WHOLE_BYTES_MAX = 32 * 1024 * 1024;
/** Parts of one body that are being stored while the next one is parsed. */
export const PARTS_IN_FLIGHT_MAX = 3;
/** The memory of a streamed body, whatever its length. */
const STREAM_BYTES = (PARTS_IN_FLIGHT_MAX + 1) * PART_CHARACTERS_MAX;

/**
 * The entries of a body, piece by piece. A short body is one piece. A longer one is read only as far as the caller asks.
 * @throws BodyRejected 413: the body is too long for its format
 * @throws Overloaded other requests' bodies hold the memory
 * @throws what `chunks` throws, after the pieces before it
 */
export async function* readEntries(
  chunks: AsyncIterable<Uint8Array>,
  format: BodyReader,
  share: MemoryShare,
): AsyncGenerator<Iterable<Entry>> {
  const held = createHeldBody(share);
  let reader: EntryReader | undefined;
  for await (const chunk of chunks) {
    if (reader) yield reader.push(chunk);
    else if (held.pushPast(chunk, HELD_BYTES_MAX)) {
      reader = format.readerFor(beginOf(Buffer.concat(held.body)));
      if (!reader) continue;
      share.take(STREAM_BYTES - held.bytes());
      for (const early of held.body.splice(0)) yield reader.push(early);
    }
  }
  yield reader ? reader.end() : format.readWhole(held.body);
}

/** Reads a body that is needed whole. @throws as `readEntries` does */
export async function readWhole(chunks: AsyncIterable<Uint8Array>, share: MemoryShare): Promise<Uint8Array[]> {
  const held = createHeldBody(share);
  for await (const chunk of chunks) held.pushPast(chunk, WHOLE_BYTES_MAX);
  return held.body;
}

function createHeldBody(share: MemoryShare) {
  const body: Uint8Array[] = [];
  let bytes = 0;
  return {
    body,
    bytes: () => bytes,
    /** Adds a chunk. True for the one chunk with which the body passes `limit`. */
    pushPast(chunk: Uint8Array, limit: number): boolean {
      const before = bytes;
      bytes += chunk.length;
      if (bytes > WHOLE_BYTES_MAX) throw tooLarge();
      share.take(chunk.length);
      body.push(chunk);
      return before <= limit && bytes > limit;
    },
  };
}

const tooLarge = (): BodyRejected =>
  new BodyRejected(
    413,
    'BODY_TOO_LARGE',
    `expected at most ${WHOLE_BYTES_MAX} bytes of a body that must be read whole (JSON, or with an Idempotency-Key), got more: send NDJSON without a key, or several bodies`,
  );
