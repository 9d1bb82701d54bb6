import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import { inArchiveSnapshot } from '../archive/archive-in.ts';
import type { Sql } from '../connection/client.ts';
import { findLogs } from '../read/logs.ts';
import type { Column } from '../schema/columns.ts';
import { type ChainKey, chainRecords, readOfChains } from './chain-records.ts';
import { EXTENT, type Extent, type ExtentRow, extentOf } from './extent.ts';
import { byId, firstOfEach, mergeExtents } from './merge-chains.ts';

export type { ChainKey } from './chain-records.ts';
export type { Extent } from './extent.ts';

/** Services that a chain lists at most. */
export const CHAIN_SERVICES_MAX = 100;

export interface ChainSummary extends Extent {
  id: string;
}

/** Null for an id that no record in the scope has. */
export async function findChains(
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  scope: Filter | null,
): Promise<(ChainSummary | null)[]> {
  const rows = await readOfChains(
    sql,
    (store, bounds) => store<(ExtentRow & { id: string })[]>`
      with ${chainRecords(store, key, ids, bounds, scope)} select id, ${store.unsafe(EXTENT)} from chain group by id`,
  );
  const chains = mergeExtents(rows);
  return ids.map((id) => {
    const chain = chains.get(id);
    return chain ? { id, ...extentOf(chain) } : null;
  });
}

/** Each chain's services in order of first appearance, at most `CHAIN_SERVICES_MAX`. */
export const chainServices = (sql: Sql, ids: readonly string[], scope: Filter | null): Promise<string[][]> =>
  firstValues(sql, 'service', ids, CHAIN_SERVICES_MAX, scope);

/** Each chain's user ids in order of first appearance. */
export const chainUserIds = (
  sql: Sql,
  ids: readonly string[],
  first: number,
  scope: Filter | null,
): Promise<string[][]> => firstValues(sql, 'user_id', ids, first, scope);

async function firstValues(
  sql: Sql,
  column: Column,
  ids: readonly string[],
  first: number,
  scope: Filter | null,
): Promise<string[][]> {
  const rows = await readOfChains(
    sql,
    (store, bounds) => store<(Position & { id: string; value: string })[]>`
      with ${chainRecords(store, 'correlationId', ids, bounds, scope)}, seen as (
        select id, ${store.unsafe(column)} as value, min(place) as place
        from chain where ${store.unsafe(column)} is not null group by id, ${store.unsafe(column)}
      ), ranked as (
        select *, row_number() over (partition by id order by place) as rank from seen
      )
      select id, value, ts as "timestamp", uid from ranked join chain using (id, place) where rank <= ${first}`,
  );
  const values = byId(rows);
  return ids.map((id) =>
    firstOfEach(values.get(id) ?? [], ({ value }) => value)
      .slice(0, first)
      .map(({ value }) => value),
  );
}

/** The first record at ERROR or above of each chain. */
export const chainFirstErrors = (
  sql: Sql,
  ids: readonly string[],
  scope: Filter | null,
): Promise<(LogRecord | null)[]> =>
  inArchiveSnapshot(sql, async (tx) => {
    const rows = await readOfChains(
      tx,
      (store, bounds) => store<(Position & { id: string })[]>`
        with ${chainRecords(store, 'correlationId', ids, bounds, scope)}
        select distinct on (id) id, ts as "timestamp", uid from chain where level >= 4 order by id, place`,
    );
    const first = firstOfEach(rows, ({ id }) => id);
    const records = await findLogs(tx, first, null);
    const errors = new Map(first.map(({ id }, index) => [id, records[index]!]));
    return ids.map((id) => errors.get(id) ?? null);
  });
