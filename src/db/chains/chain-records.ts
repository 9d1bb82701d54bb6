import { QueryTooComplex } from '../../errors.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { ALL_TIME, type TimeSpan } from '../../log/time-span.ts';
import { archiveIn, inArchiveSnapshot } from '../archive/archive-in.ts';
import { archivedRows } from '../archive/archived-rows.ts';
import { readBoth } from '../archive/read-both.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { isAmong, isEqual } from '../filter/id-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readStoredSpan } from '../partitions/stored-span.ts';
import type { Column } from '../schema/columns.ts';

/** A chain is all records that share a correlation id, or all that share a pipeline id. */
export type ChainKey = 'correlationId' | 'pipelineId';

export const KEY_COLUMN = { correlationId: 'correlation_id', pipelineId: 'pipeline_id' } as const satisfies Record<
  ChainKey,
  Column
>;

/** The time span of all partitions, since a chain has no time range of its own. Null when there is no partition. */
export const readAllTime = (sql: Sql): Promise<TimeSpan | null> => readStoredSpan(sql, ALL_TIME);

/** What both stores answer of chains, in one snapshot: see `readBoth`. Nothing where nothing is stored. */
export const readOfChains = <Row>(
  sql: Sql,
  read: (store: Sql, bounds: TimeSpan) => PromiseLike<Row[]>,
): Promise<Row[]> =>
  inArchiveSnapshot(sql, async (tx) => {
    const bounds = await readAllTime(tx);
    return bounds ? readBoth(tx, bounds, (store) => read(store, bounds)) : [];
  });

const MEMBER = 'ts, uid, level, service, component, user_id';
const MEMBER_TYPES = {
  ...{ id: 'text', ts: 'timestamptz', uid: 'uuid', level: 'smallint', service: 'text', component: 'text' },
  user_id: 'text',
};

/**
 * The records of chains that are in the scope, as the table `chain`, for use after `with`. `place` is a record's number in its chain, from 1.
 * `others`: a relation of records of these chains that are stored elsewhere.
 * Materialized, so that the planner uses `idx_system_logs_correlation` or `idx_system_logs_pipeline` and sorts afterwards.
 */
export const chainRecords = (
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  bounds: TimeSpan,
  scope: Filter | null,
  others?: Fragment,
): Fragment => sql`
  chain as materialized (
    select id, ${sql.unsafe(MEMBER)}, row_number() over (partition by id order by ts, uid) as place
    from (${ofChains(sql, key, ids, MEMBER, bounds, scope)} ${others ? sql`union all select id, ${sql.unsafe(MEMBER)} from ${others}` : sql``}) found
  )`;

/** Archived records of chains that one statement takes. */
const ARCHIVED_MAX = 100_000;

/**
 * The archived records of chains, as `others` for `chainRecords`: none where there are none. `sql` is a snapshot where something may be archived.
 * @throws QueryTooComplex there are more than `ARCHIVED_MAX`
 */
export async function archivedMembers(
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  bounds: TimeSpan,
  scope: Filter | null,
): Promise<{ others?: Fragment }> {
  const duck = await archiveIn(sql, bounds);
  if (!duck) return {};
  const rows = await duck<object[]>`
    ${ofChains(duck, key, ids, MEMBER, bounds, scope)} limit ${ARCHIVED_MAX + 1}`;
  if (rows.length > ARCHIVED_MAX) {
    throw new QueryTooComplex(
      `expected at most ${ARCHIVED_MAX} archived records in these chains, found more. Ask for fewer chains, or for their logs`,
    );
  }
  return rows.length === 0 ? {} : { others: archivedRows(sql, rows, MEMBER_TYPES) };
}

/**
 * `select` of `id` and these columns of the matching records of chains. By correlation ids it reads one chain after the other:
 * `offset 0` keeps the planner from joining, and it knows too little of a list of hashes in a partition that was never analyzed.
 * Pipelines are few, and their column has statistics.
 */
export const ofChains = (
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  columns: string,
  bounds: TimeSpan,
  filter: Filter | null,
): Fragment => {
  const column = KEY_COLUMN[key];
  const rest = sql`${within(sql, bounds)} ${andFilter(sql, filter, bounds)}`;
  return key === 'pipelineId' || isDuckDb(sql)
    ? sql`select ${sql.unsafe(`${column} as id, ${columns}`)} from system_logs where ${isAmong(sql, column, ids)} and ${rest}`
    : sql`
        select id, found.* from unnest(${[...new Set(ids)]}::text[]) as id cross join lateral (
          select ${sql.unsafe(columns)} from system_logs where ${isEqual(sql, column, 'id')} and ${rest} offset 0
        ) found`;
};
