import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';

/** The condition for a time span. It has both bounds, so Postgres reads only the partitions of that time. */
export const within = (sql: Sql, { from, to }: TimeSpan): Fragment =>
  sql`ts >= ${from}::timestamptz and ts < ${to}::timestamptz`;
