import { bytesField, varintField } from '../../ingest/receivers/protobuf/encode.ts';
import { Fields } from '../../ingest/receivers/protobuf/wire.ts';

/** `google.rpc.Code`. */
export const CODE = { OK: 0, INVALID_ARGUMENT: 3, RESOURCE_EXHAUSTED: 8, UNIMPLEMENTED: 12, UNAVAILABLE: 14 } as const;

/** How a call ended: `google.rpc.Status`. */
export interface Status {
  code: number;
  message: string;
  /** The client may send the call again after this time. */
  retryAfterSeconds?: number;
}

/** Reads the `Status` that an entrance of OTLP over HTTP answers with. */
export function readStatus(bytes: Buffer): Status {
  const status = { code: 0, message: '' };
  const fields = new Fields(bytes);
  while (fields.next()) {
    if (fields.number === 1) status.code = fields.int32();
    else if (fields.number === 2) status.message = fields.text();
  }
  return status;
}

/** Bytes of metadata that clients surely take: their limit is 8 KiB for all of it. */
const MESSAGE_CHARACTERS_MAX = 1000;

/**
 * The trailers that end a call. Exporters of OTLP send again after UNAVAILABLE, and after RESOURCE_EXHAUSTED only if a `RetryInfo`
 * says when: so every failure that passes is UNAVAILABLE, with that time.
 */
export function trailersOf({ code, message, retryAfterSeconds }: Status): Record<string, string> {
  const shown = message.slice(0, MESSAGE_CHARACTERS_MAX);
  if (retryAfterSeconds === undefined)
    return { 'grpc-status': String(code), ...(shown ? { 'grpc-message': encoded(shown) } : {}) };
  const duration = varintField(1, Math.max(1, Math.ceil(retryAfterSeconds)));
  const retryInfo = Buffer.concat([
    bytesField(1, 'type.googleapis.com/google.rpc.RetryInfo'),
    bytesField(2, bytesField(1, duration)),
  ]);
  const details = Buffer.concat([varintField(1, CODE.UNAVAILABLE), bytesField(2, shown), bytesField(3, retryInfo)]);
  return {
    'grpc-status': String(CODE.UNAVAILABLE),
    'grpc-message': encoded(shown),
    // Without padding, as the protocol says for binary metadata.
    'grpc-status-details-bin': details.toString('base64').replace(/=+$/, ''),
  };
}

/** Percent-encoding of gRPC: every byte but printable ASCII, and the percent sign. */
const encoded = (text: string): string =>
  Array.from(Buffer.from(text), (byte) =>
    byte >= 0x20 && byte <= 0x7e && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
