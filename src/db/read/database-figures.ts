import type { Fragment, Sql } from '../connection/client.ts';
import { joined } from '../filter/expressions.ts';
import { partsOf, ROLLUPS } from '../rollups/rollup.ts';
import { PARTITIONED_TABLES } from '../schema/partitioned-table.ts';

/** For metrics: cheap to read, whatever the number of records. */
export interface DatabaseFigures {
  sizeBytes: number;
  partitions: { open: number; sealed: number; archived: number; sealDue: number; sealLagSeconds: number };
  archive: { files: number; rows: number; bytes: number };
  /** Of all rollups together, counted up to a bound. */
  rollups: { deltas: number; gaps: number };
  /** Notifications of alerts that are not delivered yet, counted up to a bound. */
  deliveriesWaiting: number;
}

type TableFigures = Omit<DatabaseFigures['partitions'], 'archived'>;

interface Counts {
  sizeBytes: number;
  deltas: number;
  gaps: number;
  deliveriesWaiting: number;
  archived: number;
  files: number;
  rows: number;
  bytes: number;
}

/** What is counted at most: a count reads as many rows. */
const DELTAS_COUNTED_MAX = 100_000;
const GAPS_COUNTED_MAX = 10_000;
const DELIVERIES_COUNTED_MAX = 10_000;

/** `graceMs`: a partition is due to be sealed this long after its end. Uses the indexes of rollups by step. */
export async function readDatabaseFigures(sql: Sql, graceMs: number): Promise<DatabaseFigures> {
  const parts = ROLLUPS.map((rollup) => partsOf(sql, rollup));
  const ofAll = (rows: Fragment[]): Fragment => joined(sql, rows, sql` union all `);
  const [row] = await sql<Counts[]>`
    select pg_database_size(current_database()) as "sizeBytes",
      (select count(*) from (
        ${ofAll(parts.map(({ table }) => sql`select 1 from ${table} where step = 0`))} limit ${DELTAS_COUNTED_MAX}
      ) as counted) as deltas,
      (select count(*) from (
        ${ofAll(parts.map(({ gaps }) => sql`select 1 from ${gaps}`))} limit ${GAPS_COUNTED_MAX}
      ) as counted) as gaps,
      (select count(*) from (
        select 1 from alert_deliveries where next_attempt_at is not null limit ${DELIVERIES_COUNTED_MAX}
      ) as counted) as "deliveriesWaiting",
      (select count(*) from archived_partitions) as archived, archive.*
    from (
      select count(*) as files, coalesce(sum(rows) filter (where kind = 'logs'), 0)::bigint as rows,
        coalesce(sum(bytes), 0)::bigint as bytes
      from archive_files
    ) as archive`;
  const { sizeBytes, deltas, gaps, deliveriesWaiting, archived, files, rows, bytes } = row!;
  const tables: TableFigures[] = [];
  // One after the other: the pool has few connections, and others must not wait for this.
  for (const { catalog } of PARTITIONED_TABLES) tables.push(await readPartitionFigures(sql, catalog, graceMs));
  const sum = (name: 'open' | 'sealed' | 'sealDue'): number => tables.reduce((all, table) => all + table[name], 0);
  const sealLagSeconds = Math.max(0, ...tables.map((table) => table.sealLagSeconds));
  return {
    sizeBytes,
    partitions: { open: sum('open'), sealed: sum('sealed'), archived, sealDue: sum('sealDue'), sealLagSeconds },
    archive: { files, rows, bytes },
    rollups: { deltas, gaps },
    deliveriesWaiting,
  };
}

async function readPartitionFigures(sql: Sql, catalog: string, graceMs: number): Promise<TableFigures> {
  const [row] = await sql<TableFigures[]>`
    select count(*) filter (where state = 'OPEN') as open, count(*) filter (where state = 'SEALED') as sealed,
      count(*) filter (where state = 'OPEN' and to_ts < due) as "sealDue",
      coalesce(extract(epoch from due - min(to_ts) filter (where state = 'OPEN' and to_ts < due)), 0)::float8 as "sealLagSeconds"
    from ${sql(catalog)}, (select now() - ${graceMs} * interval '1 millisecond' as due) as time
    group by due`;
  return row ?? { open: 0, sealed: 0, sealDue: 0, sealLagSeconds: 0 };
}
