import type { Caller } from '../../../access/caller.ts';
import { BodyRejected, type WeirError } from '../../../errors.ts';
import { shown } from '../../../log/shown.ts';
import { now } from '../../../log/time.ts';
import type { Entry } from '../../../log-file/entries/entry.ts';
import { createClock } from '../../../log-file/inner-line.ts';
import type { CombinedResult } from '../../http/combined-result.ts';
import type { Allocate, BodyReading, StoreBody } from '../../http/store-body.ts';
import { jsonLines } from './json.ts';
import { protobufLines } from './protobuf.ts';
import type { Pause, Pushed } from './push.ts';
import { pushEntries } from './push-entries.ts';
import { unsnapped } from './snappy.ts';

/** A response says this many reasons why lines were rejected. */
const REASONS_MAX = 5;

/**
 * `POST /loki/api/v1/push`: lines of Loki's agents and libraries, in protobuf under snappy, or in JSON. 204: all are stored. 400: the
 * lines that the response names are not stored, all others are, as Loki does.
 */
export const createPushRoute =
  (storeBody: StoreBody) =>
  async (request: Request, caller: Caller): Promise<Response> => {
    const { result, error } = await storeBody(request, caller, readingOf);
    if (error !== undefined) throw error;
    return result.rejectedCount > 0 ? text(400, rejectedText(result)) : new Response(null, { status: 204 });
  };

/** Errors are plain text, as in Loki: agents write the first line of it to their logs. */
export const pushErrorResponse = ({ status, code, message, headers }: WeirError): Response =>
  text(status, `${code}: ${message}\n`, headers);

function readingOf(request: Request): BodyReading {
  const tenant = request.headers.get('x-scope-orgid');
  const linesOf = decoderOf(request.headers.get('content-type'));
  return {
    format: {
      *entriesOf(body, allocate) {
        const clock = createClock({ timeZone: 'UTC', now: now() });
        yield* pushEntries(yield* linesOf(body, allocate), tenant, clock);
      },
    },
    ownEncoding: 'snappy',
    defaults: {},
    storesRepeatsOnce: true,
    tenant: tenant ?? undefined,
  };
}

type Decoder = (body: Buffer, allocate: Allocate) => Generator<readonly Entry[], Iterable<Pushed | Pause>>;

/** Loki reads every body without a type as protobuf. @throws BodyRejected 415 */
function decoderOf(contentType: string | null): Decoder {
  const type = (contentType ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === 'application/json') return json;
  if (type === '' || type === 'application/x-protobuf' || type === 'application/protobuf') return protobuf;
  throw new BodyRejected(
    415,
    'UNSUPPORTED_CONTENT_TYPE',
    `Content-Type: expected application/json, or application/x-protobuf with snappy, got ${shown(type)}`,
  );
}

// biome-ignore lint/correctness/useYield: a decoder may work for long before it has an entry, but JSON is read as it is.
const json: Decoder = function* (body) {
  return jsonLines(body);
};

const protobuf: Decoder = function* (body, allocate) {
  const unpacking = unsnapped(body, allocate);
  for (;;) {
    const step = unpacking.next();
    if (step.done) return protobufLines(step.value);
    yield [];
  }
};

function rejectedText({ accepted, rejected, rejectedCount }: CombinedResult): string {
  const reasons = rejected.slice(0, REASONS_MAX).map(({ at, code, reason }) => `line ${at}: ${code}: ${reason}`);
  const total = `total ignored: ${rejectedCount} out of ${accepted + rejectedCount}; the others are stored`;
  return `${[...reasons, total].join('\n')}\n`;
}

const text = (status: number, body: string, headers: Record<string, string> = {}): Response =>
  new Response(body, { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } });
