import type { WeirError } from '../../../errors.ts';
import { bytesField, varintField } from '../protobuf/encode.ts';

/** The encodings of OTLP over HTTP. A response has that of its request. */
export type Encoding = 'protobuf' | 'json';

const TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};
const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'application/x-protobuf': 'protobuf',
  'application/protobuf': 'protobuf',
  'application/json': 'json',
};

/** Undefined for other types. */
export function encodingOf({ headers }: Request): Encoding | undefined {
  const type = (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  return Object.hasOwn(ENCODINGS, type) ? ENCODINGS[type] : undefined;
}

export interface PartialSuccess {
  rejected: number;
  message: string;
}

/** What the responses of the signals call the number of rejected items. Their other fields are the same. */
const REJECTED = { span: 'rejectedSpans', 'log record': 'rejectedLogRecords' } as const;
export type Item = keyof typeof REJECTED;

/** `ExportTraceServiceResponse`, or `ExportLogsServiceResponse`: empty where all items were accepted. */
export function exportResponse(encoding: Encoding, item: Item, { rejected, message }: PartialSuccess): Response {
  const isWhole = rejected === 0 && message === '';
  if (encoding === 'json') {
    // Proto3 JSON has 64-bit numbers as strings.
    return respond(
      encoding,
      200,
      isWhole ? {} : { partialSuccess: { [REJECTED[item]]: String(rejected), errorMessage: message } },
    );
  }
  const partial = isWhole ? EMPTY : Buffer.concat([varintField(1, rejected), bytesField(2, message)]);
  return respond(encoding, 200, isWhole ? EMPTY : bytesField(1, partial));
}

const EMPTY = Buffer.alloc(0);

/** `google.rpc.Code` of HTTP statuses. */
const CODES: Readonly<Record<number, number>> = {
  400: 3, // INVALID_ARGUMENT
  401: 16, // UNAUTHENTICATED
  403: 7, // PERMISSION_DENIED
  404: 12, // UNIMPLEMENTED
  405: 12,
  408: 4, // DEADLINE_EXCEEDED
  413: 3,
  415: 3,
  421: 7,
  422: 3,
  429: 8, // RESOURCE_EXHAUSTED
  500: 13, // INTERNAL
  503: 14, // UNAVAILABLE
  504: 4,
};
const UNKNOWN = 2;

/** An error as `google.rpc.Status`, in the encoding of the request; in JSON where that is none of OTLP's. */
export function statusResponse({ status, code, message, headers }: WeirError, request: Request): Response {
  const encoding = encodingOf(request) ?? 'json';
  const rpc = { code: CODES[status] ?? UNKNOWN, message: `${code}: ${message}` };
  const body = encoding === 'json' ? rpc : Buffer.concat([varintField(1, rpc.code), bytesField(2, rpc.message)]);
  return respond(encoding, status, body, headers);
}

function respond(
  encoding: Encoding,
  status: number,
  body: object | Buffer,
  headers: Record<string, string> = {},
): Response {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return new Response(bytes as never, { status, headers: { ...headers, 'content-type': TYPES[encoding] } });
}
