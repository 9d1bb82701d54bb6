import { SURROUNDING_FIELDS } from '../../log/fields.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { compareRecords, type LogRecord } from '../../log/record.ts';
import { earlier, justAfter, later, shift } from '../../log/time.ts';
import { mayBeArchived } from '../archive/archive-in.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { columnOf, RECORD } from '../schema/columns.ts';
import { archivedSurrounding } from './archived-surrounding.ts';
import type { SurroundingRequest } from './surrounding-request.ts';

export type { SurroundingField, SurroundingRequest } from './surrounding-request.ts';

/** The fields that a record may share with its neighbours. All are text. */
const SHARED = Object.values(SURROUNDING_FIELDS);
const OWN_COLUMNS = SHARED.map((field) => `own_${columnOf(field)} text`).join(', ');

/** The neighbours of each record that are in the scope, and the record itself, oldest first. */
export async function readSurrounding(
  sql: Sql,
  requests: readonly SurroundingRequest[],
  scope: Filter | null,
): Promise<LogRecord[][]> {
  if (requests.length === 0) return [];
  if (!mayBeArchived(sql)) return readStored(sql, requests, scope);
  return inSnapshot(sql, async (tx) => {
    const stored = await readStored(tx, requests, scope);
    const archived = await archivedSurrounding(tx, requests, scope);
    return archived
      ? requests.map((request, place) => nearest([...stored[place]!, ...archived[place]!], request))
      : stored;
  });
}

/** Of the neighbours that two stores have found, those that one would find. */
function nearest(both: LogRecord[], { record, before, after }: SurroundingRequest): LogRecord[] {
  const sorted = both.sort(compareRecords);
  const { upTo = [], later = [] } = Object.groupBy(sorted, (one) =>
    compareRecords(one, record) <= 0 ? 'upTo' : 'later',
  );
  return [...upTo.slice(-(before + 1)), ...later.slice(0, after)];
}

/** One statement for all. Uses the primary key. */
async function readStored(
  sql: Sql,
  requests: readonly SurroundingRequest[],
  scope: Filter | null,
): Promise<LogRecord[][]> {
  const wanted = requests.map(asRow);
  const times = {
    from: wanted.map((row) => row.from_ts).reduce(earlier),
    to: wanted.map((row) => row.to_ts).reduce(later),
  };
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
