import type { Sql } from '../connection/client.ts';
import { indexNameOn } from '../schema/indexes.ts';
import type { PartitionedTable } from '../schema/partitioned-table.ts';
import type { Partition } from './partitions.ts';
import type { SealSession } from './seal-session.ts';

/** A partition that is not sealed yet, and how to seal it. */
export interface Sealable extends Partition {
  table: PartitionedTable;
  state: 'OPEN' | 'SEALED';
  /** Rows ever inserted, by Postgres' statistics. A crash resets them. */
  inserted: number;
  /** Statements that build the missing indexes. Run them one by one, outside a transaction. */
  steps: string[];
  /** An earlier build was interrupted. */
  wasInterrupted: boolean;
}

/** The partitions that ended more than `graceMs` ago and are open or lack an index, newest first. */
export async function readSealable(sql: Sql, table: PartitionedTable, graceMs: number): Promise<Sealable[]> {
  const rows = await sql<(Omit<Sealable, 'table' | 'steps' | 'wasInterrupted'> & { indexes: ExistingIndexes })[]>`
    select name, from_ts as "from", to_ts as "to", state, pg_stat_get_tuples_inserted(c.oid) as inserted,
      coalesce((
        select jsonb_object_agg(i.relname, x.indisvalid) from pg_index x join pg_class i on i.oid = x.indexrelid
        where x.indrelid = c.oid
      ), '{}') as indexes
    from ${sql(table.catalog)} join pg_class c on c.oid = to_regclass(name)
    where to_ts < now() - ${graceMs} * interval '1 millisecond'
    order by from_ts desc`;
  return rows
    .map(({ indexes, ...partition }) => ({
      ...partition,
      table,
      ...missingSteps(table, partition.name, indexes),
    }))
    .filter(({ state, steps }) => state === 'OPEN' || steps.length > 0);
}

/**
 * Each index's name and whether it is valid. An interrupted build leaves an invalid index, also one that only an older server
 * builds: it slows writes and serves no query.
 */
type ExistingIndexes = Readonly<Record<string, boolean>>;

function missingSteps(
  table: PartitionedTable,
  partition: string,
  existing: ExistingIndexes,
): { steps: string[]; wasInterrupted: boolean } {
  const missing = table.indexes.filter((index) => existing[indexNameOn(table, index, partition)] !== true);
  const broken = Object.keys(existing).filter((name) => !existing[name] && name.startsWith(`idx_${table.name}_`));
  return {
    wasInterrupted: broken.length > 0,
    steps: [
      ...broken.map((name) => `drop index concurrently ${name}`),
      ...missing.map(
        (index) => `create index concurrently ${indexNameOn(table, index, partition)} on ${partition} ${index.on}`,
      ),
    ],
  };
}

/**
 * Builds the missing indexes, vacuums and analyzes the partition, and marks it as sealed. No step blocks writers or readers:
 * `truncate false`, because vacuum would lock the table to shorten its file. Each finished step stays done.
 * @returns false when `mayContinue` returned false before a step
 */
export async function sealPartition(
  session: SealSession,
  { table, name, steps }: Sealable,
  mayContinue: () => boolean,
): Promise<boolean> {
  const last = [
    `vacuum (freeze, analyze, truncate false, parallel 0) ${name}`,
    `update ${table.catalog} set state = 'SEALED' where name = '${name}'`,
  ];
  for (const step of [...steps, ...last]) {
    if (!mayContinue()) return false;
    await session.run(step);
  }
  return true;
}
