import type { Filter } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY, levelIndex } from '../../log/level.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Grouping } from '../archive/archived-groups.ts';
import type { Sql } from '../connection/client.ts';
import { callSource } from '../llm/call-source.ts';
import { countSource } from '../rollups/count-source.ts';
import { BY_LEVEL } from './bar-groupings.ts';

// Sums by the minute, for windows that slide. `sql` must be a snapshot (db/connection/snapshot.ts). Minutes without records are left out.

const MINUTE = 60;

export interface MinuteCount {
  minute: Timestamp;
  records: number;
  /** Records at ERROR or above. */
  errors: number;
}

export async function countByMinute(sql: Sql, filter: Filter, span: TimeSpan): Promise<MinuteCount[]> {
  const { count, from, by } = await countSource(sql, {
    ...{ filter, span, widest: MINUTE },
    by: { minute: BY_MINUTE, level: BY_LEVEL },
  });
  return sql<MinuteCount[]>`
    select minute, sum(records)::bigint as records,
      coalesce(sum(records) filter (where level >= ${levelIndex(ERROR_SEVERITY)}), 0)::bigint as errors
    from (select ${by.minute} as minute, ${by.level} as level, ${count} as records from ${from} group by 1, 2) as levels
    group by 1`;
}

export interface MinuteCost {
  minute: Timestamp;
  nanoUsd: number;
}

/** What counted model calls cost. */
export async function costByMinute(sql: Sql, filter: Filter, span: TimeSpan): Promise<MinuteCost[]> {
  const { from, by } = await callSource(sql, {
    ...{ filter, span, place: 'ROLLUPS', widest: MINUTE },
    by: { minute: BY_MINUTE },
  });
  const rows = await sql<{ minute: Timestamp; nanoUsd: string }[]>`
    select ${by.minute} as minute, coalesce(sum(cost_nano_usd), 0)::text as "nanoUsd" from ${from} group by 1`;
  return rows.map(({ minute, nanoUsd }) => ({ minute, nanoUsd: Number(nanoUsd) }));
}

/** The same over the whole span, by the widest rollups. */
export async function costOf(sql: Sql, filter: Filter, span: TimeSpan): Promise<number> {
  const { from } = await callSource(sql, { filter, span, place: 'ROLLUPS', by: {} });
  const [row] = await sql<
    { nanoUsd: string }[]
  >`select coalesce(sum(cost_nano_usd), 0)::text as "nanoUsd" from ${from}`;
  return Number(row!.nanoUsd);
}

export const BY_MINUTE: Grouping = {
  type: 'timestamptz',
  of: (sql) => sql`date_bin('1 minute', ts, '2000-01-01T00:00:00Z')`,
};
