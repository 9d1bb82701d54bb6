import {
  DuckDBDecimalValue,
  type DuckDBListType,
  DuckDBListValue,
  type DuckDBMapType,
  DuckDBMapValue,
  type DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { timestampFromMicros } from '../../log/time.ts';
import { jsonLine, safeJson } from '../terminal/printable.ts';

/** A value of DuckDB in JSON. A number keeps all of its digits; one that is not finite is null. */
export function jsonOf(value: DuckDBValue, type: DuckDBType): string {
  if (value === null) return 'null';
  // They can stand between values alone: a text of JSON has none.
  if (type.alias === 'JSON') return safeJson(String(value).replaceAll(/[\r\n\t]/g, ' '));
  if (value instanceof DuckDBListValue) {
    const { valueType } = type as DuckDBListType;
    return `[${value.items.map((item) => jsonOf(item, valueType)).join(',')}]`;
  }
  if (value instanceof DuckDBStructValue) {
    const { entryNames, entryTypes } = type as DuckDBStructType;
    return `{${entryNames.map((name, i) => `${jsonLine(name)}:${jsonOf(value.entries[name]!, entryTypes[i]!)}`).join(',')}}`;
  }
  if (value instanceof DuckDBMapValue) {
    const { keyType, valueType } = type as DuckDBMapType;
    return `{${value.entries.map((entry) => `${jsonLine(textOf(entry.key, keyType))}:${jsonOf(entry.value, valueType)}`).join(',')}}`;
  }
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (isPlain(value)) return String(value);
  return jsonLine(textOf(value, type));
}

/** A value as text: null is empty, what has parts is JSON. */
export function textOf(value: DuckDBValue, type: DuckDBType): string {
  if (value === null) return '';
  if (value instanceof DuckDBTimestampTZValue) return timestampFromMicros(value.micros) ?? value.toString();
  const hasParts =
    value instanceof DuckDBListValue || value instanceof DuckDBStructValue || value instanceof DuckDBMapValue;
  return hasParts ? jsonOf(value, type) : String(value);
}

/** Numbers and booleans: in JSON they stand without quotes, and in CSV they are no formula. */
export const isPlain = (value: DuckDBValue): boolean =>
  ['number', 'bigint', 'boolean'].includes(typeof value) || value instanceof DuckDBDecimalValue;
