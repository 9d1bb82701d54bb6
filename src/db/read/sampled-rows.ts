import type { Filter } from '../../log/filter/filter.ts';
import { shift } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { archiveIn } from '../archive/archive-in.ts';
import { readBoth } from '../archive/read-both.ts';
import { timeRows } from '../blocks/passing-times.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';

/** A row with the hash of its uid. */
export type Sampled<Row> = Row & { hash: number };

/** The rows with the lowest hashes. */
export const lowest = <Row>(rows: Sampled<Row>[], size: number): Row[] =>
  rows.length > size ? rows.sort((a, b) => a.hash - b.hash).slice(0, size) : rows;

/** Reads of the records of `from` those with the lowest hashes: `size` of each store. */
export async function readLowest<Row extends object>(
  sql: Sql,
  columns: string,
  { span, size }: { span: TimeSpan; size: number },
  from: (store: Sql) => Fragment,
): Promise<Sampled<Row>[]> {
  const isInBoth = (await archiveIn(sql, span)) !== null;
  const rows = await readBoth(
    sql,
    span,
    (store) => store<object[]>`
      select ${store.unsafe(columns)}, ${isInBoth ? sharedHash(store) : store`uuid_hash(uid)`} as hash from ${from(store)}
      order by hash, ts, uid limit ${size}`,
  );
  return rows as unknown as Sampled<Row>[];
}

/** A hash of `uid` that both stores compute. */
const sharedHash = (sql: Sql): Fragment =>
  isDuckDb(sql)
    ? sql`('0x' || left(md5(uid::varchar), 8))::bigint`
    : sql`('x' || left(md5(uid::text), 8))::bit(32)::bigint`;

export const allOf = (sql: Sql, records: Fragment, filter: Filter, span: TimeSpan): Fragment =>
  sql`${records} where ${within(sql, span)} and ${filterSql(sql, filter, span)}`;

/** `offset 0` keeps the planner from reading all of the time once and comparing each record with all slices. */
export function ofSlices(sql: Sql, slices: readonly TimeSpan[], filter: Filter): Fragment {
  if (slices.length === 1) return allOf(sql, sql`system_logs`, filter, slices[0]!);
  const times = slices.map(({ from, to }) => ({ from, to: shift(to, -0.001) }));
  const cut = { from: slices[0]!.from, to: slices.at(-1)!.to };
  return sql`${timeRows(sql, times)} cross join lateral (
    select * from system_logs
    where ${within(sql, cut)} and ts >= first and ts <= last and ${filterSql(sql, filter, cut)} offset 0
  ) as found`;
}
