import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBDecimalValue,
  DuckDBListValue,
  type DuckDBResult,
  DuckDBTimestampTZValue,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBUUIDValue,
  type DuckDBValue,
  LIST,
  listValue,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api';
import { timestampFromMicros } from '../../../log/time.ts';

/** Values as DuckDB takes them. A whole number is a BIGINT, so that it can be cast to any other number. */
export const boundValues = (values: readonly unknown[]): DuckDBValue[] => values.map(boundValue);

const boundValue = (value: unknown): DuckDBValue => {
  if (Array.isArray(value)) return listValue(value.map(boundValue));
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return (value ?? null) as DuckDBValue;
};

export const boundTypes = (values: readonly unknown[]): DuckDBType[] => values.map(typeOf);

function typeOf(value: unknown): DuckDBType {
  if (Array.isArray(value)) {
    const types = value.filter((one) => one !== null).map(typeOf);
    return LIST(types.find(({ typeId }) => typeId === DuckDBTypeId.DOUBLE) ?? types[0] ?? VARCHAR);
  }
  switch (typeof value) {
    case 'string':
      return VARCHAR;
    case 'boolean':
      return BOOLEAN;
    case 'number':
      return Number.isSafeInteger(value) ? BIGINT : DOUBLE;
    default:
      return SQLNULL;
  }
}

/** Of all texts of an answer: a program of Node holds several times as much. */
const CHARACTERS_MAX = 256 * 1024 * 1024;

/** Of one part of an answer. A single row may have more. The server does other work between two parts. */
const PART_CHARACTERS = 1024 * 1024;

/**
 * All rows in parts, with values as postgres.js gives them: times as `Timestamp`, integers as numbers, JSON parsed.
 * @throws RangeError there are more than `rowsMax`, or their texts have more than `CHARACTERS_MAX`
 */
export async function* readRows(result: DuckDBResult, rowsMax: number): AsyncGenerator<object[]> {
  let count = 0;
  let characters = 0;
  for await (const chunk of chunksOf(result)) {
    characters += chunk.characters;
    count += chunk.rows.length;
    if (count > rowsMax) {
      throw new RangeError(`expected an answer of at most ${rowsMax} rows`);
    }
    if (characters > CHARACTERS_MAX) {
      throw new RangeError(`expected an answer of at most ${CHARACTERS_MAX} characters`);
    }
    yield chunk.rows;
  }
}

interface Chunk {
  rows: object[];
  /** Of all texts in it. */
  characters: number;
}

/** The same rows as they are read. */
export async function* chunksOf(result: DuckDBResult): AsyncGenerator<Chunk> {
  const names = result.columnNames();
  const readers = result.columnTypes().map(readerOf);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const columns = names.map((_, column) => chunk!.getColumnValues(column));
    let rows: object[] = [];
    let characters = 0;
    for (let row = 0; row < chunk.rowCount; row++) {
      const made: Record<string, unknown> = {};
      for (const [column, name] of names.entries()) {
        const value = columns[column]![row]!;
        if (typeof value === 'string') characters += value.length;
        made[name] = value === null ? null : readers[column]!(value);
      }
      rows.push(made);
      if (characters < PART_CHARACTERS) continue;
      yield { rows, characters };
      rows = [];
      characters = 0;
    }
    yield { rows, characters };
  }
}

type Reader = (value: DuckDBValue) => unknown;

function readerOf(type: DuckDBType): Reader {
  if (type.alias === 'JSON') return (value) => JSON.parse(value as string);
  return read;
}

function read(value: DuckDBValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof DuckDBTimestampTZValue) return timestampFromMicros(value.micros);
  if (value instanceof DuckDBUUIDValue) return value.toString();
  if (value instanceof DuckDBListValue) return value.items.map((item) => (item === null ? null : read(item)));
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  return value;
}
