import { earlier, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { archivedIn, canReadArchive, storesOf } from '../archive/archive-in.ts';
import type { Sql } from '../connection/client.ts';
import { within } from '../filter/time-sql.ts';
import { archivedSums, sumsOfArchived } from './archived-sums.ts';
import { partsOf, type Rollup } from './rollup.ts';

/** Rows that one statement counts, rounded up to whole minutes. */
const FILL_ROWS = 200_000;

/**
 * Sums the first rows of the newest gap and shortens or closes the gap. Where the rollups there have too few or too
 * many, the difference is inserted as deltas. The caller holds the rollup lock. `tx` is a snapshot where `mayBeArchived`.
 * @returns whether there was a gap
 */
export async function fillGap(tx: Sql, rollup: Rollup): Promise<boolean> {
  const span = await nextSpan(tx, rollup);
  if (!span) return false;
  const { from, to } = span;
  const { table, gaps, of, where, group, sums, totals, negated, summed, isNotZero } = partsOf(tx, rollup);
  const archived = await archivedSums(tx, rollup, span);
  await tx`
    with gaps as (
      delete from ${gaps} where to_ts > ${from}::timestamptz and from_ts < ${to}::timestamptz
      returning from_ts, to_ts
    ), rests as (
      insert into ${gaps} (from_ts, to_ts)
      select from_ts, ${from}::timestamptz from gaps where from_ts < ${from}::timestamptz
      union all
      select ${to}::timestamptz, to_ts from gaps where to_ts > ${to}::timestamptz
    )
    insert into ${table} (step, ts, ${group}, ${sums})
    select 0, minute, ${group}, ${totals} from (
      select date_bin('1 minute', ts, 'epoch') as minute, ${group}, ${summed}
      from ${of} where ${within(tx, span)} and ${where} group by 1, ${group}
      union all
      select ts, ${group}, ${negated} from ${table} where step in (0, 60) and ${within(tx, span)}
      group by ts, ${group}
      ${archived.length === 0 ? tx`` : tx`union all ${sumsOfArchived(tx, rollup, archived)}`}
    ) as differences
    group by minute, ${group} having ${isNotZero}`;
  return true;
}

/**
 * The time to count next. It lies within one partition or between two, so that no statement reads all partitions. A server that
 * cannot read the archive leaves gaps of archived times to others.
 */
async function nextSpan(tx: Sql, rollup: Rollup): Promise<TimeSpan | undefined> {
  const { gaps } = partsOf(tx, rollup);
  const [gap] = await tx<TimeSpan[]>`
    select from_ts as "from", least(to_ts, coalesce(
      (select p.to_ts from log_partitions p where p.from_ts <= gap.from_ts and p.to_ts > gap.from_ts),
      (select min(p.from_ts) from log_partitions p where p.from_ts > gap.from_ts))) as "to"
    from ${gaps} as gap ${
      canReadArchive(tx)
        ? tx``
        : tx`where not exists (
      select from archived_partitions as archived where archived.from_ts < gap.to_ts and archived.to_ts > gap.from_ts)`
    }
    order by to_ts desc limit 1`;
  if (!gap) return undefined;
  const part = { from: gap.from, to: await firstArchivedBound(tx, gap) };
  for (const store of await storesOf(tx, part)) {
    const [row] = await store<{ to: Timestamp }[]>`
      select greatest(date_bin('1 minute', ts, 'epoch'), ${part.from}::timestamptz + interval '1 minute') as "to"
      from ${partsOf(store, rollup).of} where ${within(store, part)} order by ts offset ${FILL_ROWS} limit 1`;
    if (row && row.to < part.to) part.to = row.to;
  }
  return part;
}

/** Where an archived partition begins or ends in the gap; else the end of the gap. */
async function firstArchivedBound(tx: Sql, { from, to }: TimeSpan): Promise<Timestamp> {
  const bounds = (await archivedIn(tx)).flatMap((one) => [one.from, one.to]);
  return bounds.filter((bound) => bound > from && bound < to).reduce(earlier, to);
}
