import { setTimeout as sleep } from 'node:timers/promises';
import type { ExportedRecord } from '../../log/export/exported-record.ts';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { ApiError, exportUrl, networkReason, TEMPORARY, Unreachable } from '../client/api.ts';
import { credentialsFor } from '../client/credentials.ts';
import { sayHints } from '../client/hints.ts';
import { linesOf } from './lines.ts';

/** What the same request meets again, as it begins at the same record. */
const STUCK: ReadonlySet<string> = new Set(['QUERY_TIMEOUT', 'INTERNAL']);
const STUCK_TRIES = 3;

interface ExportRequest {
  url: string;
  /** In the search language. */
  query: string;
  time: { from?: string; to?: string; last?: string } | undefined;
  /** The `id` of a record: only those after it. */
  after: string | undefined;
  stop: AbortSignal;
  /** Receives a sentence for people at each change of the connection. */
  say: (sentence: string) => void;
}

/**
 * All matching records, oldest first, in batches as they come. When the connection breaks, it asks again for what comes after the
 * last record, in the same range of time: no record is missing, none comes twice. Only the first request may fail.
 * @throws ApiError the server rejects the request, and waiting cannot help
 * @throws Unreachable the first request got no response
 */
export async function* resumingExport({
  url,
  query,
  stop,
  say,
  ...request
}: ExportRequest): AsyncGenerator<ExportedRecord[]> {
  let { time, after } = request;
  let isBegun = false;
  let isLost = false;
  for (let failures = 0; ; ) {
    let count = 0;
    try {
      const response = await open(
        url,
        { ...(query && { query }), ...time, ...(after && { after }), limit: 'max' },
        stop,
      );
      if (isLost) say('-- connected again --');
      isBegun = true;
      isLost = false;
      time = rangeOf(response.headers) ?? time;
      for await (const lines of linesOf(response.body!)) {
        const records = lines.map((line) => JSON.parse(line) as ExportedRecord);
        failures = 0;
        count += records.length;
        after = records.at(-1)!.id;
        yield records;
      }
      // The server gives no more in one request.
      if (count === Number(response.headers.get('weir-export-rows-max'))) continue;
      return;
    } catch (error) {
      if (stop.aborted || !isBegun || (error instanceof ApiError && !TEMPORARY.has(error.code))) throw error;
      if (error instanceof ApiError && STUCK.has(error.code) && failures >= STUCK_TRIES) throw error;
    }
    if (!isLost) say('-- connection lost, waiting --');
    isLost = true;
    await sleep(backoffMs(failures++, BACKOFF.exportCommand), undefined, { signal: stop });
  }
}

/** @throws ApiError, Unreachable */
async function open(base: string, parameters: Record<string, string>, stop: AbortSignal): Promise<Response> {
  const url = exportUrl(base);
  url.search = new URLSearchParams(parameters).toString();
  const response = await fetch(url, { headers: credentialsFor(base), signal: stop }).catch((error) => {
    if (stop.aborted) throw error;
    throw new Unreachable(`cannot reach ${base}: ${networkReason(error)}`, { cause: error });
  });
  if (response.ok) {
    const hints = response.headers.get('weir-hints');
    if (hints) sayHints({ hints: tryJson(decodeURIComponent(hints)) });
    return response;
  }
  const body = tryJson(await response.text());
  if (isJsonObject(body) && isJsonObject(body.error))
    throw new ApiError(String(body.error.code), String(body.error.message));
  throw new Unreachable(`expected a Weir server at ${base}, got HTTP ${response.status}`);
}

/** The range that the server chose for the first request: with `last` it would move. */
function rangeOf(headers: Headers): { from?: string; to: string } | undefined {
  const [from, to] = [headers.get('weir-export-from'), headers.get('weir-export-to')];
  return to === null ? undefined : { ...(from !== null && { from }), to };
}
