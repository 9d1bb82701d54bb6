import { FIELD_NAMES, type FieldName, type FieldValues, fieldSpec } from '../../log/fields.ts';
import { type Timestamp, timestampFromMicros } from '../../log/time.ts';
import { NULL, SECONDS_TO_2000 } from './copy-encoder.ts';
import { FIELDS_AT } from './row.ts';

const MICROS_TO_2000 = BigInt(SECONDS_TO_2000) * 1_000_000n;
const JSONB_VERSION_BYTES = 1;

/** The fields of a row that `writeRow`, or a reader of bytes, has written at `from`. */
export function readRow(bytes: Buffer, from: number): FieldValues {
  const values: Partial<Record<FieldName, unknown>> = {};
  let at = from + FIELDS_AT;
  for (const field of FIELD_NAMES) {
    const length = bytes.readInt32BE(at);
    at += 4;
    values[field] = length === NULL ? null : fieldAt(field, bytes, at, length);
    if (length !== NULL) at += length;
  }
  return values as FieldValues;
}

function fieldAt(field: FieldName, bytes: Buffer, at: number, length: number): unknown {
  switch (fieldSpec(field).kind) {
    case 'text':
      return bytes.toString('utf8', at, at + length);
    case 'time':
      return timeAt(bytes, at);
    case 'uid':
      return uuidAt(bytes, at);
    case 'json':
      return JSON.parse(bytes.toString('utf8', at + JSONB_VERSION_BYTES, at + length));
    case 'number':
      return length === 2 ? bytes.readInt16BE(at) : length === 4 ? bytes.readInt32BE(at) : bytes.readDoubleBE(at);
  }
}

/** The uid stands between two times: its place is the same in each row. */
export const readUid = (bytes: Buffer, from: number): string => uuidAt(bytes, from + FIELDS_AT + 4 + 8 + 4);

const timeAt = (bytes: Buffer, at: number): Timestamp =>
  timestampFromMicros(bytes.readBigInt64BE(at) + MICROS_TO_2000)!;

function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
