import { createHash } from 'node:crypto';
import type { Idempotency } from '../submission.ts';
import type { MemoryShare } from './body-memory.ts';
import { type BodyPart, partOf } from './body-parts.ts';
import { addTimes, canOnlyBeRepeat, noTimes } from './record-times.ts';

/** The name of all requests with the same path, query, `tenant` and body. Those of two API keys are apart: `Ingest.as`. */
export function repeatKey({ url, headers }: Request, tenant: string, bodyHash: Buffer): Idempotency {
  const { pathname, search } = new URL(url);
  const hash = createHash('sha256');
  hash.update(JSON.stringify([pathname, search, headers.get('content-type'), tenant])).update(bodyHash);
  return { key: `repeat ${hash.digest('base64url')}`, bodyHash };
}

/** Parts of one body that are held until the times of all its records are known. A body that makes more is stored as often as it comes. */
const HELD_BYTES_MAX = 32 * 1024 * 1024;

/**
 * The same parts. They have the key of `keyOf`, if the body can only be a repeat when it comes again. Without a key (the body was not
 * read whole), nothing is held.
 */
export async function* withRepeatKey(
  parts: AsyncIterable<BodyPart>,
  keyOf: () => Idempotency | null,
  share: MemoryShare,
): AsyncGenerator<BodyPart> {
  const held: BodyPart[] = [];
  const times = noTimes();
  let bytes = 0;
  let mayBeRepeat = true;
  function* release(key: Idempotency | null): Generator<BodyPart> {
    for (const [at, part] of held.splice(0).entries()) {
      share.give(part.bytes);
      yield { ...part, submission: { ...part.submission, idempotency: partOf(key, at) } };
    }
  }
  for await (const part of parts) {
    addTimes(times, part.times);
    bytes += part.bytes;
    mayBeRepeat &&= keyOf() !== null && times.own === times.records && bytes <= HELD_BYTES_MAX;
    if (mayBeRepeat) {
      share.take(part.bytes);
      held.push(part);
    } else {
      yield* release(null);
      yield part;
    }
  }
  yield* release(canOnlyBeRepeat(times) ? keyOf() : null);
}
