import { gunzipSync, inflateSync } from 'node:zlib';
import { RECORD_BYTES_MAX } from '../../../log/record.ts';

/** Of a message, after decompression. */
export const MESSAGE_BYTES_MAX = RECORD_BYTES_MAX;

const LIMIT = { maxOutputLength: MESSAGE_BYTES_MAX };

export const isCompressed = (payload: Buffer): boolean => isGzip(payload) || isZlib(payload);

/** The message in a datagram, which may be compressed. One that cannot be decompressed, or is too long, comes back as it is. */
export function unpacked(payload: Buffer): Buffer {
  try {
    if (isGzip(payload)) return gunzipSync(payload, LIMIT);
    if (isZlib(payload)) return inflateSync(payload, LIMIT);
  } catch {
    // Its reader says so.
  }
  return payload;
}

const isGzip = (payload: Buffer): boolean => payload[0] === 0x1f && payload[1] === 0x8b;

/** RFC 1950: the method deflate, and a check of the first two bytes. JSON does not begin so. */
const isZlib = (payload: Buffer): boolean =>
  payload.length >= 2 && (payload[0]! & 0x0f) === 8 && payload.readUInt16BE() % 31 === 0;
