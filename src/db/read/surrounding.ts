import type { LogRecord } from '../../log/record.ts';
import { shift } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { RECORD } from '../schema/columns.ts';

/** The columns that a record may share with its neighbours. */
const COLUMN = {
  SERVICE: 'service',
  COMPONENT: 'component',
  HOST: 'host',
  USER_ID: 'user_id',
  PIPELINE_ID: 'pipeline_id',
  CORRELATION_ID: 'correlation_id',
  TRACE_ID: 'trace_id',
} as const;

export type SurroundingField = keyof typeof COLUMN;

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

/** The neighbours of each record and the record itself, oldest first. One statement for all. Uses the primary key. */
export async function readSurrounding(sql: Sql, requests: readonly SurroundingRequest[]): Promise<LogRecord[][]> {
  if (requests.length === 0) return [];
  const wanted = requests.map(asRow);
  const times = { from: least(wanted.map((row) => row.from_ts)), to: greatest(wanted.map((row) => row.to_ts)) };
  const alike = sameValues(sql);
  const rows = await sql<(LogRecord & { place: number })[]>`
    select wanted.place, found.*
    from jsonb_to_recordset(${sql.json(wanted as never)}) as wanted (
      place integer, at_ts timestamptz, at_uid uuid, from_ts timestamptz, to_ts timestamptz, earlier integer, later integer,
      fields text[], own_service text, own_component text, own_host text, own_user_id text, own_pipeline_id text,
      own_correlation_id text, own_trace_id text)
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
  fields: by.map((field) => COLUMN[field]),
  own_service: record.service,
  own_component: record.component,
  own_host: record.host,
  own_user_id: record.userId,
  own_pipeline_id: record.pipelineId,
  own_correlation_id: record.correlationId,
  own_trace_id: record.traceId,
});

const sameValues = (sql: Sql): Fragment =>
  Object.values(COLUMN)
    .map((column) => {
      const [name, own] = [sql.unsafe(column), sql.unsafe(`wanted.own_${column}`)];
      return sql`(${column} <> all (wanted.fields) or ${name} is not distinct from ${own})`;
    })
    .reduce((all, one) => sql`${all} and ${one}`);

const least = (texts: string[]): string => texts.reduce((a, b) => (a < b ? a : b));
const greatest = (texts: string[]): string => texts.reduce((a, b) => (a > b ? a : b));
