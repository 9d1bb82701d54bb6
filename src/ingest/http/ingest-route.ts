import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  BadUserInput,
  BodyRefused,
  DatabaseUnavailable,
  IdempotencyConflict,
  Overloaded,
  type WeirError,
} from '../../errors.ts';
import { bodyFormat } from '../../log-file/body-format.ts';
import { IDEMPOTENCY_KEY_LENGTH_MAX, type Submission } from '../submission.ts';
import { type Idempotency, submissions } from '../submissions.ts';
import type { Ingest } from '../write/ingest.ts';
import { addAnswer, noAnswer, type Total } from './answers.ts';
import { readBody } from './body.ts';
import { PARTS_IN_FLIGHT_MAX, readEntries, readWhole, WHOLE_BYTES_MAX } from './body-entries.ts';
import { createRoom } from './body-memory.ts';

/** Bodies that are held whole, at their largest, at a time. */
const BODIES_MAX = 8;
const DATABASE_RETRY_SECONDS = 5;

interface IngestRouteOptions {
  ingest: Ingest;
  /** After decompression. */
  bodyBytesMax: number;
}

/**
 * `POST /ingest`. Up to 4 MiB, with an `Idempotency-Key`, or as JSON, a body is read whole before any of it is stored: one
 * that is refused (400, 413, 415) leaves nothing behind. A longer one is parsed, stored and read in step: a sender is slowed
 * down to what can be stored, and memory stays flat. Where such a body turns out bad late (413, 400), or a later part fails
 * (503), the parts before it stay stored, and the answer says how many records were `accepted` beside its `error`. Of a
 * sender that leaves, whole parts are kept and the rest is not. A new body past what may wait is refused (503), one that
 * has begun waits. An `Idempotency-Key` makes repeating any of it safe.
 * `line` in `rejected` counts lines, or the elements of a JSON array, from 1.
 */
export function createIngestRoute({ ingest, bodyBytesMax }: IngestRouteOptions) {
  const room = createRoom(BODIES_MAX * Math.min(bodyBytesMax, WHOLE_BYTES_MAX));

  return async (request: Request): Promise<Response> => {
    using share = room.open();
    try {
      const format = bodyFormat(request.headers.get('content-type'));
      const key = idempotencyKey(request.headers.get('idempotency-key'));
      const defaults = defaultsOf(request);
      const chunks = readBody(request, bodyBytesMax);
      if (key === null) {
        const entries = readEntries(chunks, format, share);
        return await answer(ingest, submissions(entries, ingest.arrival, defaults, null));
      }
      const body = await readWhole(chunks, share);
      const idempotency = { key, bodyHash: hashOf(body) };
      return await answer(ingest, submissions([format.readWhole(body)], ingest.arrival, defaults, idempotency));
    } catch (error) {
      return refusal(error, noAnswer());
    }
  };
}

async function answer(ingest: Ingest, parts: AsyncIterable<Submission>): Promise<Response> {
  const { total, error } = await storeParts(ingest, parts);
  if (error !== undefined) return refusal(error, total);
  if (total.accepted > 0) return respond(200, total);
  if (total.rejectedCount > 0) return respond(400, total);
  return refusal(new BodyRefused(400, 'EMPTY_BODY', 'expected at least one record, got none'), total);
}

/** Stores parts in order, a few at a time, up to the first that fails or cannot be read. */
async function storeParts(
  ingest: Ingest,
  parts: AsyncIterable<Submission>,
): Promise<{ total: Total; error?: unknown }> {
  let total = noAnswer();
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  let store = ingest.store;
  const inFlight: Promise<void>[] = [];
  try {
    for await (const part of parts) {
      // Others' turn, and a part that is refused at once tells so.
      if (inFlight.length > 0) await setImmediate();
      if (failure) break;
      const stored = store(part).then((answer) => {
        total = addAnswer(total, answer);
      }, fail);
      inFlight.push(stored);
      store = ingest.storeNext;
      if (inFlight.length >= PARTS_IN_FLIGHT_MAX) await inFlight.shift();
    }
  } catch (error) {
    fail(error);
  }
  await Promise.all(inFlight);
  total.rejected.sort((a, b) => a.at - b.at);
  return { total, ...failure };
}

function idempotencyKey(header: string | null): string | null {
  if (header === null || (header.length >= 1 && header.length <= IDEMPOTENCY_KEY_LENGTH_MAX)) return header;
  throw new BadUserInput(
    `Idempotency-Key: expected 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} characters, got ${header.length}`,
  );
}

function hashOf(body: readonly Uint8Array[]): Idempotency['bodyHash'] {
  const hash = createHash('sha256');
  for (const chunk of body) hash.update(chunk);
  return hash.digest();
}

/** `?service=billing&host=web-1`: for senders of plain lines, which say nothing of themselves. */
function defaultsOf(request: Request) {
  const query = new URL(request.url).searchParams;
  const [service, component, host, environment] = ['service', 'component', 'host', 'environment'].map((name) =>
    query.get(name),
  );
  return { service, component, host, environment };
}

function refusal(error: unknown, total: Total): Response {
  const status = statusOf(error);
  if (status === undefined) throw error;
  const { code, message } = error as WeirError;
  return respond(status, total, { code, message }, retryAfter(error));
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof BodyRefused) return error.status;
  if (error instanceof IdempotencyConflict) return 422;
  if (error instanceof BadUserInput) return 400;
  if (error instanceof Overloaded || error instanceof DatabaseUnavailable) return 503;
  return undefined;
}

function retryAfter(error: unknown): Record<string, string> {
  if (error instanceof Overloaded) return { 'retry-after': String(Math.ceil(error.retryAfterSeconds)) };
  return error instanceof DatabaseUnavailable ? { 'retry-after': String(DATABASE_RETRY_SECONDS) } : {};
}

/** `rejectedCount` is there only where `rejected` does not list all. */
function respond(
  status: number,
  { accepted, duplicates, rejected, rejectedCount, durability, cursor }: Total,
  error?: { code: string; message: string },
  headers: Record<string, string> = {},
): Response {
  return Response.json(
    {
      accepted,
      duplicates,
      rejected: rejected.map(({ at, code, reason }) => ({ line: at, code, reason })),
      ...(rejectedCount > rejected.length ? { rejectedCount } : {}),
      durability,
      cursor,
      ...(error ? { error } : {}),
    },
    { status, headers },
  );
}
