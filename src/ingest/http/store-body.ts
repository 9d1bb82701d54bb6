import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { BadUserInput } from '../../errors.ts';
import type { BodyReader } from '../../log-file/body-format.ts';
import { IDEMPOTENCY_KEY_LENGTH_MAX, type Submission } from '../submission.ts';
import type { Ingest } from '../write/ingest.ts';
import { readBody } from './body-bytes.ts';
import { PARTS_IN_FLIGHT_MAX, readEntries, readWhole, WHOLE_BYTES_MAX } from './body-entries.ts';
import { createBodyMemory } from './body-memory.ts';
import { bodyParts, type Defaults } from './body-parts.ts';
import { addResult, type CombinedResult, emptyResult } from './combined-result.ts';

/** The memory for bodies suffices for this many at their largest. */
const LARGEST_BODIES_MAX = 8;

/** What a protocol says of a request before its body is read. */
export interface BodyReading {
  /** How the body's bytes become drafts of records. */
  format: BodyReader;
  defaults: Defaults;
}

/** With an error, `result` says what was stored before it. */
export interface BodyOutcome {
  result: CombinedResult;
  error?: unknown;
}

/** Never rejects. An error of `reading` becomes the outcome's error. */
export type StoreBody = (request: Request, reading: (request: Request) => BodyReading) => Promise<BodyOutcome>;

interface StoreBodyOptions {
  ingest: Ingest;
  /** After decompression. */
  bodyBytesMax: number;
}

/**
 * Reads the body of a request and stores its records, for every protocol over HTTP. A protocol decodes (`BodyReading`) and
 * encodes its own response; compression, limits, `Idempotency-Key`, parts and durability are the same for all.
 *
 * A body is read whole before any of it is stored if it has at most 4 MiB, has an `Idempotency-Key`, or has a format that
 * needs that (JSON). If such a body is rejected (400, 413, 415), nothing of it is stored.
 *
 * A longer body is stored in parts while it is read, so that memory stays flat and the sender is slowed down to the pace of
 * the database. If such a body proves bad later (400, 413), or a later part fails (503), the parts before it stay stored.
 * If the sender leaves, complete parts stay stored and the rest is dropped.
 *
 * When the batcher is full, a new body is rejected (503), while the next part of a body waits.
 */
export function createStoreBody({ ingest, bodyBytesMax }: StoreBodyOptions): StoreBody {
  const memory = createBodyMemory(LARGEST_BODIES_MAX * Math.min(bodyBytesMax, WHOLE_BYTES_MAX));

  return async (request, reading) => {
    using share = memory.open();
    try {
      const { format, defaults } = reading(request);
      const key = idempotencyKey(request.headers.get('idempotency-key'));
      const chunks = readBody(request, bodyBytesMax);
      if (key === null) {
        const entries = readEntries(chunks, format, share);
        return await storeParts(ingest, bodyParts(entries, ingest.arrival, defaults, null));
      }
      const body = await readWhole(chunks, share);
      const idempotency = { key, bodyHash: hashOf(body) };
      return await storeParts(ingest, bodyParts([format.readWhole(body)], ingest.arrival, defaults, idempotency));
    } catch (error) {
      return { result: emptyResult(), error };
    }
  };
}

/** Stores parts in order, a few at a time, until one fails or cannot be read. */
async function storeParts(ingest: Ingest, parts: AsyncIterable<Submission>): Promise<BodyOutcome> {
  let result = emptyResult();
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  let store = ingest.store;
  const inFlight: Promise<void>[] = [];
  try {
    for await (const part of parts) {
      // Lets other requests run, and lets a part that was rejected at once report that.
      if (inFlight.length > 0) await setImmediate();
      if (failure) break;
      const stored = store(part).then((partResult) => {
        result = addResult(result, partResult);
      }, fail);
      inFlight.push(stored);
      store = ingest.storeNext;
      if (inFlight.length >= PARTS_IN_FLIGHT_MAX) await inFlight.shift();
    }
  } catch (error) {
    fail(error);
  }
  await Promise.all(inFlight);
  result.rejected.sort((a, b) => a.at - b.at);
  return { result, ...failure };
}

function idempotencyKey(header: string | null): string | null {
  if (header === null || (header.length >= 1 && header.length <= IDEMPOTENCY_KEY_LENGTH_MAX)) return header;
  throw new BadUserInput(
    `Idempotency-Key: expected 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} characters, got ${header.length}`,
  );
}

function hashOf(body: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const chunk of body) hash.update(chunk);
  return hash.digest();
}
