import type { Caller } from '../../../access/caller.ts';
import { BadUserInput, BodyRejected, type WeirError } from '../../../errors.ts';
import type { JsonObject } from '../../../log/json.ts';
import { now } from '../../../log/time.ts';
import { collectedBody } from '../../../log-file/collected.ts';
import { bodyByLine } from '../../../log-file/entries/entries-by-line.ts';
import { entryOfJson, type ReadRecord } from '../../../log-file/entries/entry.ts';
import { bodyOfJson } from '../../../log-file/entries/json-entries.ts';
import { createClock } from '../../../log-file/inner-line.ts';
import type { BodyReading, StoreBody } from '../../http/store-body.ts';
import { createLogReader } from './log.ts';

/** Below it stands a key, which is not read. */
export const INPUT_PATH = '/v1/input';
export const LOGS_PATHS: readonly string[] = ['/api/v2/logs', INPUT_PATH];
export const VALIDATE_PATH = '/api/v1/validate';

/** What may stand in the query instead of the log. */
const QUERY = ['ddsource', 'ddtags', 'hostname', 'service'];

/** Datadog's intake of logs: JSON, a list or one object, or lines of text. */
export const createDatadogRoute =
  (storeBody: StoreBody) =>
  async (request: Request, caller: Caller): Promise<Response> => {
    const { result, error } = await storeBody(request, caller, readingOf);
    if (error !== undefined) throw error;
    const { accepted, rejected } = result;
    // The agent asks with `{}` whether it is let in.
    const first = rejected.find(({ code }) => code !== 'EMPTY_RECORD');
    if (first && accepted === 0) throw new BodyRejected(400, first.code, `log ${first.at}: ${first.reason}`);
    return Response.json({}, { status: 202 });
  };

export const keyIsValid = (): Response => Response.json({ valid: true });

/** @throws BadUserInput always */
export function refuseKeyInPath(): never {
  throw new BadUserInput(
    'expected the key in the header DD-API-KEY, got it in the path, where proxies write it to their logs: send to /api/v2/logs',
  );
}

export const datadogErrorResponse = ({ status, code, message, headers }: WeirError): Response =>
  Response.json({ errors: [{ status: String(status), title: code, detail: message }] }, { status, headers });

function readingOf({ url, headers }: Request): BodyReading {
  const query = new URL(url).searchParams;
  const known: JsonObject = {};
  for (const name of QUERY) if (query.has(name)) known[name] = query.get(name);
  const clock = createClock({ timeZone: 'UTC', now: now() });
  const readLog = createLogReader(clock);
  const read: ReadRecord = (log) => readLog({ ...known, ...log });
  const objects = bodyOfJson((at, text) => entryOfJson(at, text, read));
  const lines = bodyByLine((at, message) => entryOfJson(at, JSON.stringify({ message }), read));
  const isText = /^text\//i.test(headers.get('content-type') ?? '');
  return {
    format: collectedBody({ readerFor: (begin) => (isText || !/^\s*[[{]/.test(begin) ? lines() : objects()) }, clock),
    defaults: {},
    storesRepeatsOnce: true,
  };
}
