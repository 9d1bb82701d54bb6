import type { TimeSpan } from '../../log/time-span.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { partsOf, type Rollup } from './rollup.ts';

/**
 * Takes the rollup lock until the transaction ends. Take it before any other lock but `cleanup` and `blocks`: then a transaction
 * that waits for it holds none that others want after it, and cannot deadlock.
 */
export const lockRollups = (tx: Sql) => takeLock(tx, 'rollups');

/**
 * Removes the rollups of a time whose rows the same transaction has removed. Hours and days that reach beyond this time
 * are reduced instead. The transaction holds `lockRollups` and keeps writers out of this time.
 */
export async function removeRollups(tx: Sql, rollup: Rollup, { from, to }: TimeSpan): Promise<void> {
  const { table, group, sums, negated } = partsOf(tx, rollup);
  await tx`
    with removed as (
      delete from ${table}
      where step in (0, 60, 3600, 86400) and ts >= ${from}::timestamptz and ts < ${to}::timestamptz
        and ts + step * interval '1 second' <= ${to}::timestamptz
      returning step, ts, ${group}, ${sums}
    )
    insert into ${table} (step, ts, key, ${group}, ${sums})
    select steps.step, start, hash_record_extended(row(${group}), 0), ${group}, ${negated}
    from removed cross join (values (3600), (86400)) as steps (step)
    cross join lateral date_bin(steps.step * interval '1 second', removed.ts, 'epoch') as start
    where removed.step = 60
      and (start < ${from}::timestamptz or start + steps.step * interval '1 second' > ${to}::timestamptz)
    group by steps.step, start, ${group}`;
}
