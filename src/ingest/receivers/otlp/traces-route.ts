import type { Caller } from '../../../access/caller.ts';
import { BodyRejected } from '../../../errors.ts';
import type { Rejection } from '../../../log/rejection.ts';
import { shown } from '../../../log/shown.ts';
import type { BodyReading, StoreBody } from '../../http/store-body.ts';
import { type Encoding, encodingOf, traceResponse } from './answer.ts';
import { jsonSpans } from './json/spans.ts';
import { protobufSpans } from './protobuf/spans.ts';
import { spanEntries } from './span-entries.ts';

const SPANS_OF = { protobuf: protobufSpans, json: jsonSpans };
/** A response says this many reasons why spans were rejected. */
const REASONS_MAX = 5;

/**
 * `POST /v1/traces`: spans by OTLP/HTTP. Those that tell of model calls become records. All others are accepted, counted by
 * `skipped`, and not stored.
 */
export const createTracesRoute =
  (storeBody: StoreBody, skipped: () => void) =>
  async (request: Request, caller: Caller): Promise<Response> => {
    const { result, error } = await storeBody(request, caller, (sent) => readingOf(requireEncoding(sent), skipped));
    if (error !== undefined) throw error;
    const { rejected, rejectedCount } = result;
    return traceResponse(requireEncoding(request), { rejected: rejectedCount, message: reasonsOf(rejected) });
  };

const readingOf = (encoding: Encoding, skipped: () => void): BodyReading => ({
  format: { entriesOf: (body) => spanEntries(SPANS_OF[encoding](body), skipped) },
  defaults: {},
});

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

function reasonsOf(rejected: readonly Rejection[]): string {
  const reasons = rejected.slice(0, REASONS_MAX).map(({ at, code, reason }) => `span ${at}: ${code}: ${reason}`);
  const more = rejected.length - reasons.length;
  return more > 0 ? `${reasons.join('\n')}\nand ${more} more` : reasons.join('\n');
}
