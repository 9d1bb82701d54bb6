import type { Caller } from '../../../access/caller.ts';
import { BodyRejected, type WeirError } from '../../../errors.ts';
import { now } from '../../../log/time.ts';
import { collectedBody } from '../../../log-file/collected.ts';
import { bodyByLine } from '../../../log-file/entries/entries-by-line.ts';
import { beginsWithObjectLine, type Entry, entryOfJson } from '../../../log-file/entries/entry.ts';
import { bodyOfJson } from '../../../log-file/entries/json-entries.ts';
import { createClock } from '../../../log-file/inner-line.ts';
import type { CombinedResult } from '../../http/combined-result.ts';
import type { BodyReading, StoreBody } from '../../http/store-body.ts';
import { createGelfReader } from './gelf-record.ts';

export const GELF_PATH = '/gelf';

/** An answer lists this many rejected messages. */
const REASONS_MAX = 10;

/** GELF over HTTP: one message, a list of them, or one per line. As Graylog, it answers 202 and no text, if all are stored. */
export const createGelfRoute =
  (storeBody: StoreBody) =>
  async (request: Request, caller: Caller): Promise<Response> => {
    const { result, error } = await storeBody(request, caller, readingOf);
    if (error !== undefined) throw error;
    const { accepted, rejected } = result;
    if (accepted > 0)
      return rejected.length > 0 ? text(202, rejectedText(result)) : new Response(null, { status: 202 });
    const [first] = rejected;
    if (first) throw new BodyRejected(400, first.code, rejectedText(result));
    throw new BodyRejected(400, 'EMPTY_BODY', 'expected at least one message, got none');
  };

export const gelfErrorResponse = ({ status, code, message, headers }: WeirError): Response =>
  text(status, `${code}: ${message}`, headers);

function readingOf(): BodyReading {
  const clock = createClock({ timeZone: 'UTC', now: now() });
  const read = createGelfReader(clock);
  const entryOf = (at: number, json: string): Entry => entryOfJson(at, json, read);
  const lines = bodyByLine(entryOf);
  const values = bodyOfJson(entryOf);
  return {
    // A broken line must not take those after it with it.
    format: collectedBody({ readerFor: (begin) => (beginsWithObjectLine(begin) ? lines() : values()) }, clock),
    defaults: {},
    storesRepeatsOnce: true,
  };
}

function rejectedText({ accepted, rejected, rejectedCount }: CombinedResult): string {
  const reasons = rejected.slice(0, REASONS_MAX).map(({ at, code, reason }) => `message ${at}: ${code}: ${reason}`);
  return [...reasons, `${rejectedCount} of ${accepted + rejectedCount} messages were rejected`].join('\n');
}

const text = (status: number, body: string, headers: Record<string, string> = {}): Response =>
  new Response(`${body}\n`, { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } });
