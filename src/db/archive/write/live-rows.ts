import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { justAfter, type Timestamp } from '../../../log/time.ts';
import type { TimeSpan } from '../../../log/time-span.ts';
import { spanOfDay } from '../archived-partitions.ts';
import { COLUMNS_OF, csvColumn } from '../duckdb/parquet-columns.ts';
import type { ArchivedTable } from '../duckdb/protocol.ts';

/** Rows that are read at a time. */
const SLICE_ROWS = 100_000;

/** Rows that are in the database. */
export interface LiveRows {
  client: Client;
  table: ArchivedTable;
  /** Null: none. */
  span: TimeSpan | null;
}

/** The days that have rows. */
export async function readDays({ client, table, span }: LiveRows): Promise<string[]> {
  const days: string[] = [];
  for (let from = span?.from; from !== undefined; ) {
    const { rows } = await client.query(
      `select to_char(min(ts) at time zone 'UTC', 'YYYY-MM-DD') as day from ${table} where ts >= $1 and ts < $2`,
      [from, span!.to],
    );
    const { day } = rows[0];
    if (day !== null) days.push(day);
    from = day === null ? undefined : spanOfDay(day).to;
  }
  return days;
}

/** Times with some `SLICE_ROWS` rows. One time has all of its rows in one slice. */
export async function* slicesOf({ client, table, span }: LiveRows): AsyncGenerator<TimeSpan> {
  for (let start = span?.from; start !== undefined; ) {
    const { rows } = await client.query(
      `select to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ts from ${table}
       where ts >= $1 and ts < $2 order by ts, uid offset ${SLICE_ROWS} limit 1`,
      [start, span!.to],
    );
    const found: Timestamp | undefined = rows[0]?.ts;
    if (found === undefined) return yield { from: start, to: span!.to };
    const end = found > start ? found : justAfter(start);
    yield { from: start, to: end };
    start = end;
  }
}

export async function writeCsv(
  { client, table }: LiveRows,
  { from, to }: TimeSpan,
  csv: string,
  signal: AbortSignal,
): Promise<void> {
  const columns = COLUMNS_OF[table].map(csvColumn).join(', ');
  const rows = client.query(
    copyTo(`copy (
      select ${columns} from ${table} where ts >= '${from}' and ts < '${to}' order by ts, uid
    ) to stdout (format csv)`),
  );
  await pipeline(rows, createWriteStream(csv, { mode: 0o600 }), { signal });
}
