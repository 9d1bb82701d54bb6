import type { Fragment, Sql } from '../connection/client.ts';
import { joined } from '../filter/expressions.ts';
import { partsOf, ROLLUPS } from '../rollups/rollup.ts';
import { PARTITIONED_TABLES } from '../schema/partitioned-table.ts';

/** For metrics: cheap to read, whatever the number of records. */
export interface DatabaseFigures {
  sizeBytes: number;
  partitions: { open: number; sealed: number; sealDue: number; sealLagSeconds: number };
  /** Of all rollups together, counted up to a bound. */
  rollups: { deltas: number; gaps: number };
  /** Notifications of alerts that are not delivered yet, counted up to a bound. */
  deliveriesWaiting: number;
}

/** What is counted at most: a count reads as many rows. */
const DELTAS_COUNTED_MAX = 100_000;
const GAPS_COUNTED_MAX = 10_000;
const DELIVERIES_COUNTED_MAX = 10_000;

/** `graceMs`: a partition is due to be sealed this long after its end. Uses the indexes of rollups by step. */
export async function readDatabaseFigures(sql: Sql, graceMs: number): Promise<DatabaseFigures> {
  const parts = ROLLUPS.map((rollup) => partsOf(sql, rollup));
  const ofAll = (rows: Fragment[]): Fragment => joined(sql, rows, sql` union all `);
  const [row] = await sql<{ sizeBytes: number; deltas: number; gaps: number; deliveriesWaiting: number }[]>`
    select pg_database_size(current_database()) as "sizeBytes",
      (select count(*) from (
        ${ofAll(parts.map(({ table }) => sql`select 1 from ${table} where step = 0`))} limit ${DELTAS_COUNTED_MAX}
      ) as counted) as deltas,
      (select count(*) from (
        ${ofAll(parts.map(({ gaps }) => sql`select 1 from ${gaps}`))} limit ${GAPS_COUNTED_MAX}
      ) as counted) as gaps,
      (select count(*) from (
        select 1 from alert_deliveries where next_attempt_at is not null limit ${DELIVERIES_COUNTED_MAX}
      ) as counted) as "deliveriesWaiting"`;
  const { sizeBytes, deltas, gaps, deliveriesWaiting } = row!;
  const tables: DatabaseFigures['partitions'][] = [];
  // One after the other: the pool has few connections, and others must not wait for this.
  for (const { catalog } of PARTITIONED_TABLES) tables.push(await readPartitionFigures(sql, catalog, graceMs));
  const sum = (name: 'open' | 'sealed' | 'sealDue'): number => tables.reduce((all, table) => all + table[name], 0);
  const sealLagSeconds = Math.max(0, ...tables.map((table) => table.sealLagSeconds));
  return {
    sizeBytes,
    partitions: { open: sum('open'), sealed: sum('sealed'), sealDue: sum('sealDue'), sealLagSeconds },
    rollups: { deltas, gaps },
    deliveriesWaiting,
  };
}

async function readPartitionFigures(
  sql: Sql,
  catalog: string,
  graceMs: number,
): Promise<DatabaseFigures['partitions']> {
  const [row] = await sql<DatabaseFigures['partitions'][]>`
    select count(*) filter (where state = 'OPEN') as open, count(*) filter (where state = 'SEALED') as sealed,
      count(*) filter (where state = 'OPEN' and to_ts < due) as "sealDue",
      coalesce(extract(epoch from due - min(to_ts) filter (where state = 'OPEN' and to_ts < due)), 0)::float8 as "sealLagSeconds"
    from ${sql(catalog)}, (select now() - ${graceMs} * interval '1 millisecond' as due) as time
    group by due`;
  return row ?? { open: 0, sealed: 0, sealDue: 0, sealLagSeconds: 0 };
}
