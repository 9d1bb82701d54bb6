import type { Filter } from '../../log/filter/filter.ts';
import { later, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { readBoth } from '../archive/read-both.ts';
import type { Sql } from '../connection/client.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';

/** The time of the newest record of a span that is in the scope; null when there is none. Uses the primary key. */
export async function readNewest(sql: Sql, span: TimeSpan, scope: Filter | null): Promise<Timestamp | null> {
  const rows = await readBoth(
    sql,
    span,
    (store) => store<{ timestamp: Timestamp }[]>`
      select ts as "timestamp" from system_logs where ${within(store, span)} ${andFilter(store, scope, span)}
      order by ts desc limit 1`,
  );
  return rows.map(({ timestamp }) => timestamp).reduce<Timestamp | null>(latest, null);
}

const latest = (one: Timestamp | null, other: Timestamp): Timestamp => (one === null ? other : later(one, other));
