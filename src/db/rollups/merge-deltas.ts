import type { Sql } from '../connection/client.ts';
import { groupColumns } from './rollup-columns.ts';
import { ROLLUP_STEPS } from './rollup-steps.ts';

/** With fewer deltas than this, merging waits: reading them costs a query 1 or 2 ms. */
const DELTAS_MIN = 10_000;
/** Deltas that one statement merges at most. */
const DELTAS_MAX = 100_000;

/** Whether merging is worth its cost. */
export async function hasManyDeltas(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ many: boolean }[]>`
    select count(*) = ${DELTAS_MIN} as many from (select from log_rollups where step = 0 limit ${DELTAS_MIN}) as deltas`;
  return row!.many;
}

/**
 * Moves deltas (step 0) into the rows of their minute, hour and day. Those rows are replaced; a row whose count becomes 0 is
 * deleted. Uses `idx_log_rollups_step`, so the cost depends on what is moved, not on the size of the table. The caller holds
 * the rollup lock.
 * @returns how many deltas were moved
 */
export async function mergeDeltas(tx: Sql): Promise<number> {
  const group = groupColumns(tx);
  await tx`set local enable_seqscan = off`;
  const [row] = await tx<{ moved: number }[]>`
    with moved as materialized (
      delete from log_rollups
      where ctid = any (array(select ctid from log_rollups where step = 0 limit ${DELTAS_MAX}))
      returning ts, ${group}, count
    ), minutes as materialized (
      select ts, ${group}, sum(count) as count from moved group by ts, ${group}
    ), tiles as materialized (
      select step, date_bin(step * interval '1 second', ts, 'epoch') as ts,
        hash_record_extended(row(${group}), 0) as key, ${group}, sum(count) as count
      from minutes cross join unnest(${[...ROLLUP_STEPS]}::integer[]) as steps (step) group by 1, 2, ${group}
    ), replaced as (
      delete from log_rollups as old using (select distinct step, ts, key from tiles) as tile
      where old.step = tile.step and old.ts = tile.ts and old.key = tile.key
      returning old.step, old.ts, old.key, old.level, old.service, old.component, old.environment, old.count
    ), merged as (
      insert into log_rollups (step, ts, key, ${group}, count)
      select step, ts, key, ${group}, sum(count)
      from (select step, ts, key, ${group}, count from tiles union all select * from replaced) as rows
      group by step, ts, key, ${group} having sum(count) <> 0
    )
    select count(*) as moved from moved`;
  return row!.moved;
}
