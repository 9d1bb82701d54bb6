import { BodyRefused } from '../../errors.ts';
import { type BodyReader, beginOf } from '../../log-file/body-format.ts';
import type { Entry, EntryReader } from '../../log-file/entries/entry.ts';
import { PART_CHARACTERS_MAX } from '../submissions.ts';

import type { Share } from './body-memory.ts';

/** A body up to this is read whole before any of it is stored: where it is refused, it leaves nothing behind. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;
/** A body that cannot be read as it comes: JSON, and one whose hash is asked for before its first record is stored. */
export const WHOLE_BYTES_MAX = 32 * 1024 * 1024;
/** Parts of one body that are being stored while the next is parsed. */
export const PARTS_IN_FLIGHT_MAX = 3;
/** What a body that is read as it comes may hold in memory, however long it is. */
const STREAM_BYTES = (PARTS_IN_FLIGHT_MAX + 1) * PART_CHARACTERS_MAX;

/**
 * The entries of a body, piece by piece. A short body is one piece; of a longer one no more is read than is asked for.
 * @throws BodyRefused 413 too long for its format; Overloaded; and what the chunks throw, after the pieces before it
 */
export async function* readEntries(
  chunks: AsyncIterable<Uint8Array>,
  format: BodyReader,
  share: Share,
): AsyncGenerator<Iterable<Entry>> {
  const held = createHeld(share);
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

/** A body that is needed whole. @throws BodyRefused 413; Overloaded; and what the chunks throw */
export async function readWhole(chunks: AsyncIterable<Uint8Array>, share: Share): Promise<Uint8Array[]> {
  const held = createHeld(share);
  for await (const chunk of chunks) held.pushPast(chunk, WHOLE_BYTES_MAX);
  return held.body;
}

function createHeld(share: Share) {
  const body: Uint8Array[] = [];
  let bytes = 0;
  return {
    body,
    bytes: () => bytes,
    /** Whether this chunk is the one that goes past `limit`. */
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

const tooLarge = (): BodyRefused =>
  new BodyRefused(
    413,
    'BODY_TOO_LARGE',
    `expected at most ${WHOLE_BYTES_MAX} bytes of a body that has to be read whole (JSON, or with an Idempotency-Key), got more: send NDJSON without a key, or several bodies`,
  );
