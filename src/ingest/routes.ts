import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { BadUserInput, DatabaseUnavailable, IdempotencyConflict, Overloaded, type WeirError } from '../errors.ts';
import { addAnswer, noAnswer, type Total } from './answers.ts';
import { BodyRefused, readBody } from './body.ts';
import { bodyFormat } from './formats/body-format.ts';
import { type Ingest, nothingAccepted, type Submission } from './ingest.ts';
import { type Idempotency, submissions } from './submissions.ts';

/** Parts of one body that are being stored while the next is parsed. */
const PARTS_IN_FLIGHT_MAX = 3;
/** Bodies of full size that may be in memory at a time. */
const BODIES_MAX = 8;
const IDEMPOTENCY_KEY_MAX = 200;
const DATABASE_RETRY_SECONDS = 5;

export interface IngestRouteOptions {
  ingest: Ingest;
  /** After decompression. */
  bodyBytesMax: number;
}

/**
 * `POST /ingest`. A body is read whole before any of it is stored: one that is refused (400, 413, 415) leaves nothing
 * behind. Then it is stored in parts; where a later part fails (503) the answer says how many records were accepted
 * before, and an `Idempotency-Key` makes repeating the request safe.
 * `line` in `rejected` counts lines, or the elements of a JSON array, from 1.
 */
export function createIngestRoute({ ingest, bodyBytesMax }: IngestRouteOptions) {
  const bytesMax = BODIES_MAX * bodyBytesMax;
  let bytesHeld = 0;

  return async (request: Request): Promise<Response> => {
    const body: Uint8Array[] = [];
    let bytes = 0;
    try {
      const read = bodyFormat(request.headers.get('content-type'));
      const key = idempotencyKey(request.headers.get('idempotency-key'));
      for await (const chunk of readBody(request, bodyBytesMax)) {
        if (bytesHeld + chunk.length > bytesMax) {
          throw new Overloaded(`expected at most ${bytesMax} bytes of bodies at a time`);
        }
        bytes += chunk.length;
        bytesHeld += chunk.length;
        body.push(chunk);
      }
      const idempotency = key === null ? null : { key, bodyHash: hashOf(body) };
      return await answer(ingest, submissions(read(body), ingest.arrival, defaultsOf(request), idempotency));
    } catch (error) {
      return refusal(error, noAnswer());
    } finally {
      bytesHeld -= bytes;
    }
  };
}

async function answer(ingest: Ingest, parts: Iterable<Submission>): Promise<Response> {
  const { total, error } = await storeParts(ingest, parts);
  if (error !== undefined) return refusal(error, total);
  if (total.accepted > 0) return respond(200, total);
  if (total.rejectedCount > 0) return respond(400, total);
  return refusal(new BodyRefused(400, 'EMPTY_BODY', 'expected at least one record, got none'), total);
}

/** Stores parts in order, a few at a time, up to the first that fails. */
async function storeParts(ingest: Ingest, parts: Iterable<Submission>): Promise<{ total: Total; error?: unknown }> {
  let total = noAnswer();
  let failure: { error: unknown } | undefined;
  const inFlight: Promise<void>[] = [];
  for (const part of parts) {
    const stored = part.records.length > 0 ? ingest.store(part) : Promise.resolve(nothingAccepted(part.rejected));
    inFlight.push(
      stored.then(
        (answer) => {
          total = addAnswer(total, answer);
        },
        (error: unknown) => {
          failure ??= { error };
        },
      ),
    );
    await setImmediate();
    if (inFlight.length >= PARTS_IN_FLIGHT_MAX) await inFlight.shift();
    if (failure) break;
  }
  await Promise.all(inFlight);
  total.rejected.sort((a, b) => a.at - b.at);
  return { total, ...failure };
}

function idempotencyKey(header: string | null): string | null {
  if (header === null || (header.length >= 1 && header.length <= IDEMPOTENCY_KEY_MAX)) return header;
  throw new BadUserInput(`Idempotency-Key: expected 1 to ${IDEMPOTENCY_KEY_MAX} characters, got ${header.length}`);
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
