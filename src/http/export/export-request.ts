import { BadUserInput } from '../../errors.ts';
import { decodeLogId, decodePageCursor, type Position } from '../../log/cursor.ts';
import { type Milliseconds, parseDuration } from '../../log/duration.ts';
import { COLUMNS_DEFAULT, type Column, parseColumns } from '../../log/export/columns.ts';
import { FORMULAS, type Formulas } from '../../log/export/csv.ts';
import { shown } from '../../log/shown.ts';
import { parseTimestamp, type Timestamp } from '../../log/time.ts';

/** What `GET /export` is asked for, before it is joined with what its caller may see. */
export interface ExportRequest {
  query: string | undefined;
  time: { from?: Timestamp | undefined; to?: Timestamp | undefined; last?: Milliseconds | undefined };
  order: 'NEWEST_FIRST' | 'OLDEST_FIRST';
  after: Position | null;
  /** The client asks for no more records than this: `max` is the limit of the server. Null: for all. */
  limit: number | null;
  /** With what models were asked and what they answered. */
  content: boolean;
  format: 'ndjson' | 'csv';
  columns: readonly Column[];
  formulas: Formulas;
  /** The first line of CSV has the names of the columns. */
  header: boolean;
}

const NAMES = 'query from to last order after limit content format columns formulas header'.split(' ');

/** @throws BadUserInput, CursorInvalid */
export function parseExportRequest(parameters: URLSearchParams, rowsMax: number): ExportRequest {
  checkNames(parameters);
  const value = (name: string): string | undefined => parameters.get(name)?.trim() || undefined;
  const read = <T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined => {
    const text = value(name);
    if (text === undefined) return undefined;
    const parsed = parse(text);
    if (parsed === undefined) throw new BadUserInput(`${name}: expected ${expected}, got ${shown(text)}`);
    return parsed;
  };
  const choice = <T extends string>(name: string, values: readonly T[]): T =>
    read(name, (text) => values.find((one) => one === text), values.join(' or ')) ?? values[0]!;
  const count = (text: string): number | undefined => {
    if (text === 'max') return rowsMax;
    const number = Number(text);
    return /^\d+$/.test(text) && number >= 1 && number <= rowsMax ? number : undefined;
  };
  const time = 'an RFC 3339 time such as 2026-11-21T20:06:40Z, or a date';
  return {
    query: parameters.get('query') ?? undefined,
    time: {
      from: read('from', parseTimestamp, time),
      to: read('to', parseTimestamp, time),
      last: read('last', parseDuration, 'a length of time such as 15m, 1h30m or 7d'),
    },
    order: choice('order', ['oldest', 'newest']) === 'oldest' ? 'OLDEST_FIRST' : 'NEWEST_FIRST',
    after: read('after', cursorOf, 'the `id` of a record, or its cursor') ?? null,
    limit: read('limit', count, `1 to ${rowsMax} records (EXPORT_ROWS_MAX), or max`) ?? null,
    content: choice('content', ['off', 'on']) === 'on',
    format: choice('format', ['ndjson', 'csv']),
    columns: parseColumns(value('columns') ?? COLUMNS_DEFAULT),
    formulas: choice('formulas', FORMULAS),
    header: choice('header', ['on', 'off']) === 'on',
  };
}

const cursorOf = (text: string): Position => decodeLogId(text) ?? decodePageCursor(text, 'after');

/** A name that is misspelled would otherwise export more than was meant. */
function checkNames(parameters: URLSearchParams): void {
  const seen = new Set<string>();
  for (const name of parameters.keys()) {
    if (!NAMES.includes(name)) {
      throw new BadUserInput(`expected the parameters ${NAMES.join(', ')}, got ${shown(name)}`);
    }
    if (seen.has(name)) throw new BadUserInput(`${name}: expected one value, got several`);
    seen.add(name);
  }
}
