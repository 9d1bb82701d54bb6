import type { Fragment, Sql } from '../connection/client.ts';
import { partsOf, type Rollup } from './rollup.ts';
import { ROLLUP_STEPS } from './rollup-steps.ts';

/** With fewer deltas than this, merging waits: reading them costs a query less than 1 ms. Merging costs about 13 us a delta. */
const DELTAS_MIN = 2000;
/** Deltas that one statement merges at most. */
const DELTAS_MAX = 100_000;

/** Whether merging is worth its cost. */
export async function hasManyDeltas(sql: Sql, rollup: Rollup): Promise<boolean> {
  const { table } = partsOf(sql, rollup);
  const [row] = await sql<{ many: boolean }[]>`
    select count(*) = ${DELTAS_MIN} as many from (select from ${table} where step = 0 limit ${DELTAS_MIN}) as deltas`;
  return row!.many;
}

/**
 * Moves deltas (step 0) into the rows of their minute, hour and day. Those rows are replaced; a row whose sums become 0 is
 * deleted. Uses the table's index by step, so the cost depends on what is moved, not on the size of the table. Rows are inserted
 * in the order of that index: a question then finds the rows of a step on few pages. The caller holds the rollup lock.
 * @returns how many deltas were moved
 */
export async function mergeDeltas(tx: Sql, rollup: Rollup): Promise<number> {
  const { table, group, sums, totals, isNotZero } = partsOf(tx, rollup);
  const columns = [...rollup.groups, ...Object.keys(rollup.sums)].map((column) => `old.${column}`);
  const old = tx.unsafe(columns.join(', ')) as unknown as Fragment;
  await tx`set local enable_seqscan = off`;
  const [row] = await tx<{ moved: number }[]>`
    with moved as materialized (
      delete from ${table}
      where ctid = any (array(select ctid from ${table} where step = 0 limit ${DELTAS_MAX}))
      returning ts, ${group}, ${sums}
    ), minutes as materialized (
      select ts, ${group}, ${totals} from moved group by ts, ${group}
    ), tiles as materialized (
      select step, date_bin(step * interval '1 second', ts, 'epoch') as ts,
        hash_record_extended(row(${group}), 0) as key, ${group}, ${totals}
      from minutes cross join unnest(${[...ROLLUP_STEPS]}::integer[]) as steps (step) group by 1, 2, ${group}
    ), replaced as (
      delete from ${table} as old using (select distinct step, ts, key from tiles) as tile
      where old.step = tile.step and old.ts = tile.ts and old.key = tile.key
      returning old.step, old.ts, old.key, ${old}
    ), merged as (
      insert into ${table} (step, ts, key, ${group}, ${sums})
      select step, ts, key, ${group}, ${totals}
      from (select step, ts, key, ${group}, ${sums} from tiles union all select * from replaced) as rows
      group by step, ts, key, ${group} having ${isNotZero}
      order by step, ts, key
    )
    select count(*) as moved from moved`;
  return row!.moved;
}
