import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import type { Caller } from '../../access/caller.ts';
import { BadUserInput } from '../../errors.ts';
import type { Arrival } from '../../log/record.ts';
import type { BodyReader } from '../../log-file/body-format.ts';
import type { Entry } from '../../log-file/entries/entry.ts';
import type { Defaults } from '../defaults.ts';
import type { IngestResult } from '../ingest-result.ts';
import { createLane } from '../lane/lane.ts';
import { LineReader } from '../lane/line-reader.ts';
import { IDEMPOTENCY_KEY_LENGTH_MAX, type Idempotency, type Submission } from '../submission.ts';
import type { Ingest } from '../write/ingest.ts';
import { readBody, requireSize } from './body-bytes.ts';
import { entriesOf, readEntries, readWhole, WHOLE_BYTES_MAX } from './body-entries.ts';
import { type BodyMemory, createBodyMemory, type MemoryShare } from './body-memory.ts';
import { type BodyPart, bodyParts } from './body-parts.ts';
import { addResult, type CombinedResult, emptyResult } from './combined-result.ts';
import { repeatKey, withRepeatKey } from './repeats.ts';

/** Parts of one body that are being stored while the next one is parsed. */
const PARTS_IN_FLIGHT_MAX = 3;
/** The memory of all bodies: enough for some at their largest, and at most this share of the heap. */
const BODIES_BYTES_MAX = 512 * 1024 * 1024;
const BODIES_BYTES_MIN = 2 * WHOLE_BYTES_MAX;
const HEAP_SHARE = 1 / 4;

/**
 * Memory for what a protocol unpacks itself. It counts as memory of the body, and is checked before it is there.
 * @throws BodyRejected 413: more than a body may have. Overloaded: other bodies hold the memory.
 */
export type Allocate = (bytes: number) => Buffer;

/** Reads a body that is held whole, at most `WHOLE_BYTES_MAX`. Other work may run after each piece. */
export interface WholeBodyReader {
  /** @throws BodyRejected the body is not what its protocol says */
  entriesOf(body: Buffer, allocate: Allocate): Iterable<Iterable<Entry>>;
}

/** What a protocol says of a request before its body is read. */
export interface BodyReading {
  /** How the body's bytes become drafts of records. */
  format: BodyReader | WholeBodyReader;
  /** A `Content-Encoding` that the format unpacks itself. */
  ownEncoding?: string;
  defaults: Defaults;
  /** False: the records are not of this installation, so those without an environment or a version have none. */
  isStamped?: boolean;
  /**
   * The protocol has no idempotency key, and its clients repeat a request whose answer they did not get. A body that comes again
   * byte by byte is stored once, where the times of its records show that it can only be a repeat (`canOnlyBeRepeat`). Not a body
   * that is stored in parts while it comes.
   */
  storesRepeatsOnce?: boolean;
  /** A body is as long as what its client has to send: `INGEST_BODY_BYTES` does not limit it. It is stored in parts. */
  isEndless?: boolean;
  /** Whose body it is, where a header says so: equal bodies of two tenants are no repeats. */
  tenant?: string | undefined;
  /** Called for each part that is stored, for protocols that answer record by record. */
  onStored?: ((part: Submission, result: IngestResult) => void) | undefined;
}

/** With an error, `result` says what was stored before it. */
export interface BodyOutcome {
  result: CombinedResult;
  error?: unknown;
}

/** Never rejects. An error of `reading` becomes the outcome's error. */
export type StoreBody = (
  request: Request,
  caller: Caller,
  reading: (request: Request) => BodyReading,
) => Promise<BodyOutcome>;

export interface StoreBodyOptions {
  ingest: Ingest;
  /** After decompression. */
  bodyBytesMax: number;
  /** Of all bodies together, and of what parsing makes of them. */
  memory?: BodyMemory;
  /** False: every body is stored as often as it comes (`RECEIVER_DEDUPE`). */
  mayDedupe?: boolean;
}

/**
 * Reads the body of a request and stores its records, for every protocol over HTTP. A protocol decodes (`BodyReading`) and
 * encodes its own response; compression, limits, `Idempotency-Key`, parts and durability are the same for all.
 *
 * A body is read whole before any of it is stored if it has at most 4 MiB or an `Idempotency-Key`, or its protocol must have all
 * of it (`WholeBodyReader`). If such a body is rejected (400, 413, 415), nothing of it is stored.
 *
 * A longer body is stored in parts while it is read, so that memory stays flat and the sender is slowed down to the pace of
 * the database. If such a body proves bad later (400, 413), or a later part fails (503), the parts before it stay stored.
 * If the sender leaves, complete parts stay stored and the rest is dropped.
 *
 * When the batcher is full, or bodies and what parsing made of them hold the memory for it, a new body is rejected (503), while
 * the next part of a body waits.
 */
export function createStoreBody({
  ingest: anyIngest,
  bodyBytesMax,
  memory = createBodyMemory(memoryOfHeap()),
  mayDedupe = true,
}: StoreBodyOptions): StoreBody {
  /** Made for the first line of NDJSON: most protocols have none. */
  let lineReader: LineReader | undefined;
  return async (request, caller, reading) => {
    using share = memory.open();
    try {
      const ingest = anyIngest.as(caller);
      const {
        format,
        ownEncoding,
        defaults,
        isStamped = true,
        isEndless = false,
        storesRepeatsOnce = false,
        tenant = '',
        onStored,
      } = reading(request);
      const newArrival = isStamped ? ingest.arrival : () => ({ ...ingest.arrival(), ...UNSTAMPED });
      /** Of the part that is being made: `bodyParts` asks for it before it reads the first line. */
      let arrived!: Arrival;
      const arrive = (): Arrival => {
        arrived = newArrival();
        return arrived;
      };
      const readerOfLines = (): LineReader => {
        lineReader ??= new LineReader(arrived.redactor);
        return lineReader;
      };
      const readLine = createLane(readerOfLines, () => arrived, defaults);
      const key = idempotencyKey(request.headers.get('idempotency-key'));
      const chunks = readBody(request, isEndless ? Number.POSITIVE_INFINITY : bodyBytesMax, ownEncoding);
      const isDeduped = key === null && storesRepeatsOnce && mayDedupe;
      let repeated: Idempotency | null = null;
      const onWhole = (hash: Buffer): void => {
        repeated = repeatKey(request, tenant, hash);
      };
      const store = (entries: Parameters<typeof bodyParts>[0], idempotency: Idempotency | null) => {
        const parts = bodyParts(entries, arrive, defaults, idempotency);
        return storeParts(ingest, isDeduped ? withRepeatKey(parts, () => repeated, share) : parts, share, onStored);
      };
      if (key === null && 'readerFor' in format) {
        return await store(readEntries(chunks, format, share, isDeduped ? onWhole : undefined, readLine), null);
      }
      const allocate: Allocate = (bytes) => {
        requireSize(bytes, Math.min(bodyBytesMax, WHOLE_BYTES_MAX));
        share.take(bytes);
        return Buffer.allocUnsafe(bytes);
      };
      const body = await readWhole(chunks, share);
      onWhole(body.hash);
      const entries =
        'readerFor' in format
          ? entriesOf(body.chunks, format, readLine)
          : format.entriesOf(Buffer.concat(body.chunks.splice(0)), allocate);
      return await store(entries, key === null ? null : { key, bodyHash: body.hash });
    } catch (error) {
      return { result: emptyResult(), error };
    }
  };
}

const UNSTAMPED: Pick<Arrival, 'environment' | 'deploymentVersion'> = { environment: null, deploymentVersion: null };

export const memoryOfHeap = (): number =>
  Math.max(BODIES_BYTES_MIN, Math.min(BODIES_BYTES_MAX, getHeapStatistics().heap_size_limit * HEAP_SHARE));

/** Stores parts in order, a few at a time, until one fails or cannot be read. */
async function storeParts(
  ingest: Ingest,
  parts: AsyncIterable<BodyPart>,
  share: MemoryShare,
  onStored: BodyReading['onStored'],
): Promise<BodyOutcome> {
  let result = emptyResult();
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  let store = ingest.store;
  const inFlight: Promise<void>[] = [];
  try {
    for await (const { submission, bytes } of parts) {
      // Lets other requests run, and lets a part that was rejected at once report that.
      if (inFlight.length > 0) await setImmediate();
      const isFirst = store === ingest.store;
      if (isFirst) share.take(bytes);
      const isTaken = isFirst || share.tryTake(bytes);
      // A body whose first part is stored always goes on: without memory, it has one part at a time.
      if (!isTaken) await Promise.all(inFlight.splice(0));
      if (failure) break;
      const stored = store(submission)
        .then((partResult) => {
          result = addResult(result, partResult);
          onStored?.(submission, partResult);
        }, fail)
        .finally(() => isTaken && share.give(bytes));
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
