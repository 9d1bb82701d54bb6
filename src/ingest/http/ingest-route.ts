import type { Caller } from '../../access/caller.ts';
import { BadUserInput, BodyRejected, WeirError } from '../../errors.ts';
import { shown } from '../../log/shown.ts';
import { now } from '../../log/time.ts';
import { bodyFormat, namedFormat } from '../../log-file/body-format.ts';
import { type Clock, createClock } from '../../log-file/inner-line.ts';
import type { Defaults } from '../defaults.ts';
import type { CombinedResult } from './combined-result.ts';
import type { BodyOutcome, BodyReading, StoreBody } from './store-body.ts';

/**
 * `POST /ingest`: NDJSON, JSON or plain lines, by Content-Type; or a log file, by `?format=`. The response is a JSON object with the ingest result.
 * After a failure it has an `error` too, and `accepted` says how many records are stored nevertheless. `line` in `rejected`
 * counts lines, or the elements of a JSON array, from 1.
 */
export const createIngestRoute =
  (storeBody: StoreBody) =>
  async (request: Request, caller: Caller): Promise<Response> =>
    responseTo(await storeBody(request, caller, readingOf));

function readingOf(request: Request): BodyReading {
  const query = new URL(request.url).searchParams;
  const clock = clockOf(query.get('timezone'));
  const format = query.get('format');
  return {
    format: format === null ? bodyFormat(request.headers.get('content-type'), clock) : namedFormat(format, clock),
    defaults: defaultsOf(query),
    isStamped: isStamped(query.get('stamp')),
  };
}

/** For times in text that name no zone. @throws BadUserInput there is no such time zone */
function clockOf(timezone: string | null): Clock {
  try {
    return createClock({ timeZone: timezone ?? 'UTC', now: now() });
  } catch {
    throw new BadUserInput(`timezone: expected a name such as Europe/Berlin, got ${shown(timezone ?? '')}`);
  }
}

/** `stamp=off`: the records are of another machine. @throws BadUserInput */
function isStamped(stamp: string | null): boolean {
  if (stamp === null || stamp === 'on' || stamp === 'off') return stamp !== 'off';
  throw new BadUserInput(`stamp: expected on or off, got ${shown(stamp)}`);
}

const DEFAULTS = ['service', 'component', 'host', 'environment', 'deployment_version'];

/** `?service=billing&host=web-1`, for senders of plain lines: a line names no service. */
function defaultsOf(query: URLSearchParams): Defaults {
  const [service, component, host, environment, deploymentVersion] = DEFAULTS.map((name) => query.get(name));
  return { service, component, host, environment, deploymentVersion };
}

/** The request was sent before with the same key, and this is its first result. */
const REPLAYED = { 'idempotency-replayed': 'true' };

function responseTo({ result, error }: BodyOutcome): Response {
  if (error !== undefined) return errorResponse(error, result);
  if (result.accepted > 0) return respond(200, result, undefined, result.replayed ? REPLAYED : {});
  if (result.rejectedCount > 0) return respond(400, result);
  return errorResponse(new BodyRejected(400, 'EMPTY_BODY', 'expected at least one record, got none'), result);
}

/** @throws the error, if it is not one that a client may see */
function errorResponse(error: unknown, result: CombinedResult): Response {
  if (!(error instanceof WeirError)) throw error;
  const { status, code, message, headers } = error;
  return respond(status, result, { code, message }, headers);
}

/** `rejectedCount` is present only if `rejected` does not list every rejection. */
function respond(
  status: number,
  { accepted, duplicates, rejected, rejectedCount, durability, cursor }: CombinedResult,
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
