import { FIELD_NAMES, type FieldName, type FieldValues, fieldSpec } from '../../log/fields.ts';
import { type Timestamp, timestampFromMicros } from '../../log/time.ts';
import { JSONB_VERSION_BYTES, NULL_LENGTH, SECONDS_TO_2000 } from './copy-encoder.ts';
import { FIELDS_AT, placeOf } from './row.ts';

const MICROS_TO_2000 = BigInt(SECONDS_TO_2000) * 1_000_000n;

/** The fields of a row that `writeRow`, or a reader of bytes, has written at `from`. */
export function readRow(bytes: Buffer, from: number): FieldValues {
  const values: Partial<Record<FieldName, unknown>> = {};
  let at = from + FIELDS_AT;
  for (const field of FIELD_NAMES) {
    values[field] = valueAt(field, bytes, at);
    at = endOfValue(bytes, at);
  }
  return values as FieldValues;
}

/** One field of a row. */
export function readField<F extends FieldName>(bytes: Buffer, from: number, field: F): FieldValues[F] {
  let at = from + FIELDS_AT;
  for (let before = placeOf(field); before > 0; before--) at = endOfValue(bytes, at);
  return valueAt(field, bytes, at) as FieldValues[F];
}

/** A value begins with its length. */
function endOfValue(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at);
  return at + 4 + (length === NULL_LENGTH ? 0 : length);
}

function valueAt(field: FieldName, bytes: Buffer, begin: number): unknown {
  const length = bytes.readInt32BE(begin);
  if (length === NULL_LENGTH) return null;
  const at = begin + 4;
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

const timeAt = (bytes: Buffer, at: number): Timestamp =>
  timestampFromMicros(bytes.readBigInt64BE(at) + MICROS_TO_2000)!;

function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
