import { SURROUNDING_FIELDS } from '../../log/fields.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import { justAfter, shift } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { columnOf, RECORD } from '../schema/columns.ts';

export type SurroundingField = keyof typeof SURROUNDING_FIELDS;

/** The fields that a record may share with its neighbours. All are text. */
const SHARED = Object.values(SURROUNDING_FIELDS);
const OWN_COLUMNS = SHARED.map((field) => `own_${columnOf(field)} text`).join(', ');

export interface SurroundingRequest {
  record: LogRecord;
  /** Records at most on each side, without the record itself. */
  before: number;
  after: number;
  /** Only records with the same values in these fields; null equals null. */
  by: readonly SurroundingField[];
  /** The largest distance in time on each side, inclusive. */
  withinMs: number;
}

/** The neighbours of each record that are in the scope, and the record itself, oldest first. One statement for all. Uses the primary key. */
export async function readSurrounding(
  sql: Sql,
  requests: readonly SurroundingRequest[],
  scope: Filter | null,
): Promise<LogRecord[][]> {
  if (requests.length === 0) return [];
  const wanted = requests.map(asRow);
  const times = { from: least(wanted.map((row) => row.from_ts)), to: greatest(wanted.map((row) => row.to_ts)) };
  const alike = sql`${sameValues(sql)} ${andFilter(sql, scope, { from: times.from, to: justAfter(times.to) })}`;
  const rows = await sql<(LogRecord & { place: number })[]>`
    select wanted.place, found.*
    from jsonb_to_recordset(${sql.json(wanted as never)}) as wanted (
      place integer, at_ts timestamptz, at_uid uuid, from_ts timestamptz, to_ts timestamptz, earlier integer, later integer,
      fields text[], ${sql.unsafe(OWN_COLUMNS)})
    cross join lateral (
      (select ${sql.unsafe(RECORD)} from system_logs
       where ts >= ${times.from}::timestamptz and ts <= ${times.to}::timestamptz
         and ts >= wanted.from_ts and ts <= wanted.at_ts and (ts, uid) <= (wanted.at_ts, wanted.at_uid) and ${alike}
       order by ts desc, uid desc limit wanted.earlier + 1)
      union all
      (select ${sql.unsafe(RECORD)} from system_logs
       where ts >= ${times.from}::timestamptz and ts <= ${times.to}::timestamptz
         and ts >= wanted.at_ts and ts <= wanted.to_ts and (ts, uid) > (wanted.at_ts, wanted.at_uid) and ${alike}
       order by ts, uid limit wanted.later)
    ) found
    order by wanted.place, found.timestamp, found.uid`;
  const neighbours: LogRecord[][] = requests.map(() => []);
  for (const { place, ...record } of rows) neighbours[place]!.push(record);
  return neighbours;
}

const asRow = ({ record, before, after, by, withinMs }: SurroundingRequest, place: number) => ({
  place,
  at_ts: record.timestamp,
  at_uid: record.uid,
  from_ts: shift(record.timestamp, -withinMs),
  to_ts: shift(record.timestamp, withinMs),
  earlier: before,
  later: after,
  fields: by.map((field) => columnOf(SURROUNDING_FIELDS[field])),
  ...Object.fromEntries(SHARED.map((field) => [`own_${columnOf(field)}`, record[field]])),
});

const sameValues = (sql: Sql): Fragment =>
  SHARED.map(columnOf)
    .map((column) => {
      const [name, own] = [sql.unsafe(column), sql.unsafe(`wanted.own_${column}`)];
      return sql`(${column} <> all (wanted.fields) or ${name} is not distinct from ${own})`;
    })
    .reduce((all, one) => sql`${all} and ${one}`);

const least = (texts: string[]): string => texts.reduce((a, b) => (a < b ? a : b));
const greatest = (texts: string[]): string => texts.reduce((a, b) => (a > b ? a : b));
