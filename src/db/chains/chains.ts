import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import type { Sql } from '../connection/client.ts';
import { findLogs } from '../read/logs.ts';
import type { Column } from '../schema/columns.ts';
import {
  byId,
  type ChainKey,
  chainRecords,
  EXTENT,
  type Extent,
  type ExtentRow,
  extentOf,
  readAllTime,
} from './chain-records.ts';

export type { ChainKey, Extent } from './chain-records.ts';

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
  const bounds = await readAllTime(sql);
  if (!bounds) return ids.map(() => null);
  const rows = await sql<(ExtentRow & { id: string })[]>`
    with ${chainRecords(sql, key, ids, bounds, scope)} select id, ${sql.unsafe(EXTENT)} from chain group by id`;
  const chains = new Map(rows.map((row) => [row.id, { id: row.id, ...extentOf(row) }]));
  return ids.map((id) => chains.get(id) ?? null);
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
  const bounds = await readAllTime(sql);
  if (!bounds) return ids.map(() => []);
  const rows = await sql<{ id: string; value: string }[]>`
    with ${chainRecords(sql, 'correlationId', ids, bounds, scope)}, seen as (
      select id, ${sql.unsafe(column)} as value, row_number() over (partition by id order by min(place)) as rank
      from chain where ${sql.unsafe(column)} is not null group by id, ${sql.unsafe(column)}
    )
    select id, value from seen where rank <= ${first} order by id, rank`;
  const values = byId(rows);
  return ids.map((id) => values.get(id)?.map(({ value }) => value) ?? []);
}

/** The first record at ERROR or above of each chain. */
export async function chainFirstErrors(
  sql: Sql,
  ids: readonly string[],
  scope: Filter | null,
): Promise<(LogRecord | null)[]> {
  const bounds = await readAllTime(sql);
  if (!bounds) return ids.map(() => null);
  const rows = await sql<(Position & { id: string })[]>`
    with ${chainRecords(sql, 'correlationId', ids, bounds, scope)}
    select distinct on (id) id, ts as "timestamp", uid from chain where level >= 4 order by id, place`;
  const records = await findLogs(sql, rows, null);
  const errors = new Map(rows.map(({ id }, index) => [id, records[index]!]));
  return ids.map((id) => errors.get(id) ?? null);
}
