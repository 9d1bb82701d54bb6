import type { Caller } from '../../../access/caller.ts';
import { BodyRejected } from '../../../errors.ts';
import type { Rejection } from '../../../log/rejection.ts';
import { shown } from '../../../log/shown.ts';
import { now } from '../../../log/time.ts';
import type { Entry } from '../../../log-file/entries/entry.ts';
import { createClock } from '../../../log-file/inner-line.ts';
import { jsonLogs } from '../../../otlp/json/logs.ts';
import { jsonSpans } from '../../../otlp/json/spans.ts';
import type { BodyReading, StoreBody } from '../../http/store-body.ts';
import { type Encoding, encodingOf, exportResponse, type Item } from './answer.ts';
import { logEntries } from './log-entries.ts';
import { protobufLogs } from './protobuf/logs.ts';
import { protobufSpans } from './protobuf/spans.ts';
import { spanEntries } from './span-entries.ts';

const SPANS_OF = { protobuf: protobufSpans, json: jsonSpans };
const LOGS_OF = { protobuf: protobufLogs, json: jsonLogs };
/** A response says this many reasons why items were rejected. */
const REASONS_MAX = 5;

/** The entries of a body in an encoding, a few at a time. */
type EntriesOf = (body: Buffer, encoding: Encoding) => Iterable<readonly Entry[]>;

/**
 * `POST /v1/traces`: spans by OTLP/HTTP. Those that tell of model calls become records. All others are accepted, counted by
 * `skipped`, and not stored.
 */
export const createTracesRoute = (storeBody: StoreBody, skipped: () => void) =>
  createExportRoute(storeBody, 'span', (body, encoding) => spanEntries(SPANS_OF[encoding](body), skipped));

/** `POST /v1/logs`: log records by OTLP/HTTP. */
export const createLogsRoute = (storeBody: StoreBody) =>
  createExportRoute(storeBody, 'log record', (body, encoding) =>
    logEntries(LOGS_OF[encoding](body), createClock({ timeZone: 'UTC', now: now() })),
  );

const createExportRoute =
  (storeBody: StoreBody, item: Item, entriesOf: EntriesOf) =>
  async (request: Request, caller: Caller): Promise<Response> => {
    const { result, error } = await storeBody(request, caller, (sent): BodyReading => {
      const encoding = requireEncoding(sent);
      return {
        format: { entriesOf: (body) => entriesOf(body, encoding) },
        defaults: {},
        storesRepeatsOnce: item === 'log record',
      };
    });
    if (error !== undefined) throw error;
    const { rejected, rejectedCount } = result;
    return exportResponse(requireEncoding(request), item, {
      rejected: rejectedCount,
      message: reasonsOf(rejected, item),
    });
  };

/** @throws BodyRejected 415 */
function requireEncoding(request: Request): Encoding {
  const encoding = encodingOf(request);
  if (encoding) return encoding;
  throw new BodyRejected(
    415,
    'UNSUPPORTED_CONTENT_TYPE',
    `Content-Type: expected application/x-protobuf or application/json, got ${shown(request.headers.get('content-type') ?? 'none')}`,
  );
}

function reasonsOf(rejected: readonly Rejection[], item: Item): string {
  const reasons = rejected.slice(0, REASONS_MAX).map(({ at, code, reason }) => `${item} ${at}: ${code}: ${reason}`);
  const more = rejected.length - reasons.length;
  return more > 0 ? `${reasons.join('\n')}\nand ${more} more` : reasons.join('\n');
}
