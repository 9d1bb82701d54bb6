import type { Logger } from 'pino';
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../config.ts';
import type { OpenOperation } from '../../db/connection/operation.ts';
import { asWeirError } from '../../db/connection/sqlstate.ts';
import { readNewest } from '../../db/read/newest.ts';
import { Forbidden, Internal, WeirError } from '../../errors.ts';
import { END_OF_TIME, justAfter } from '../../log/time.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import { windowOf } from '../../resolvers/arguments.ts';
import { createClock } from '../../resolvers/clock.ts';
import { visibleFilter } from '../../resolvers/visible.ts';
import { chooseEncoding } from '../encoding.ts';
import type { RouteHandler } from '../route.ts';
import { exportBody } from './export-body.ts';
import { type ExportEnds, watchEnds } from './export-ends.ts';
import { exportHeaders } from './export-headers.ts';
import { createExportPlaces } from './export-places.ts';
import { type ExportRequest, parseExportRequest } from './export-request.ts';
import { exportStream } from './export-stream.ts';
import { exportedPages } from './exported-pages.ts';
import { exportedText, neededBy } from './exported-text.ts';

interface ExportsDeps {
  openOperation: OpenOperation;
  config: Pick<Config, 'exports' | 'queryTimeoutMs'>;
  log: Logger;
}

/** `GET /export`: all matching records, as NDJSON or CSV. Disposing ends those that run. */
export interface Exports extends Disposable {
  handle: RouteHandler;
  readonly active: number;
}

/**
 * A response that ends normally has all that was asked for. Whatever cuts an export breaks the connection, after the lines that
 * were made have been sent: so no part is taken for the whole. The client goes on `after` the last line that it has.
 */
export function createExports({ openOperation, config, log }: ExportsDeps): Exports {
  const { max, rowsMax, timeoutMs } = config.exports;
  const places = createExportPlaces(max);
  const closing = new AbortController();

  async function open(asked: ExportRequest, caller: Caller, ends: ExportEnds, encodings: string | null) {
    const hints: string[] = [];
    const filter = visibleFilter({ query: asked.query }, { caller, hints });
    const sql = openOperation({ client: caller.client, gone: ends.signal });
    const window = await windowFor(asked, sql, caller);
    const standing = { records: 0, characters: 0 };
    const pages = exportedPages(
      { openOperation, client: caller.client, gone: ends.signal },
      { ...asked, filter, window, limit: asked.limit ?? rowsMax, ...neededBy(asked) },
      () => standing.characters,
    );
    const text = exportedText(pages, asked, standing);
    const first = await text.next();
    const encoding = chooseEncoding(encodings);
    const isWhole = asked.limit !== null;
    const cutText = `expected at most ${rowsMax} records (EXPORT_ROWS_MAX)`;
    const body = exportBody({ first, rest: text, encoding, cutText: isWhole ? null : cutText, known });
    return { body, standing, headers: exportHeaders(asked, { window, rowsMax, hints, encoding }) };
  }

  const known = (error: unknown): WeirError => {
    const mapped = asWeirError(error, config.queryTimeoutMs);
    if (mapped instanceof WeirError) return mapped;
    log.error({ err: error }, 'an export failed');
    return new Internal();
  };

  async function handle(request: Request, caller: Caller): Promise<Response> {
    const asked = parseExportRequest(new URL(request.url).searchParams, rowsMax);
    if (neededBy(asked).contents && !caller.rights.has('CONTENT')) throw noContent();
    const leave = places.take(caller);
    const ends = watchEnds({ gone: request.signal, closing: closing.signal, keyEnd: caller.end, timeoutMs });
    const free = (): void => {
      leave();
      ends[Symbol.dispose]();
    };
    try {
      const { body, standing, headers } = await open(asked, caller, ends, request.headers.get('accept-encoding'));
      const over = (error?: unknown): void => {
        free();
        if (error instanceof WeirError && !request.signal.aborted) {
          log.info({ records: standing.records, reason: error.message }, 'an export was cut');
        }
      };
      return new Response(exportStream({ body, ends, over: once(over) }), { headers });
    } catch (error) {
      free();
      throw ends.signal.aborted ? ends.signal.reason : known(error);
    }
  }

  return {
    handle,
    get active() {
      return places.taken;
    },
    [Symbol.dispose]: () => closing.abort(),
  };
}

/** A range without an end ends now, or after the newest stored record: what comes later is no part of the export. */
async function windowFor(
  { time }: ExportRequest,
  sql: ReturnType<OpenOperation>,
  { scope }: Caller,
): Promise<TimeWindow> {
  const clock = createClock(sql, scope);
  if (Object.values(time).some((value) => value !== undefined)) return windowOf(time, clock);
  const ahead = await readNewest(sql, { from: clock.now, to: END_OF_TIME }, scope);
  return { from: null, to: ahead === null ? clock.now : justAfter(ahead) };
}

function once(work: (error?: unknown) => void): (error?: unknown) => void {
  let isDone = false;
  return (error) => {
    if (!isDone) work(error);
    isDone = true;
  };
}

const noContent = (): Forbidden =>
  new Forbidden(
    'content, llm.input, llm.output: expected a key with the right CONTENT. Export without them, or use another key',
    'CONTENT',
  );
