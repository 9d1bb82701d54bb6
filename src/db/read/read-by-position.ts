import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { spanOf } from '../../log/time-span.ts';
import { archiveAt, mayBeArchived } from '../archive/archive-in.ts';
import type { Sql } from '../connection/client.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';

/** `index`: of the row's position in the request. */
type Indexed<Row> = Row & { index: number };
/** `llm_contents` stay in PostgreSQL. */
type Table = 'system_logs' | 'llm_logs' | 'llm_contents';

/**
 * The rows of a table at these positions, unordered. `columns` is a select list. `scope`: only records in it, of `system_logs`. One
 * statement; where some positions have no row, another one for the archive.
 */
export async function readAt<Row>(
  sql: Sql,
  table: Table,
  columns: string,
  positions: readonly Position[],
  scope: Filter | null = null,
): Promise<Indexed<Row>[]> {
  const wanted = positions.map((position, index) => ({ ...position, index }));
  if (wanted.length === 0) return [];
  if (table === 'llm_contents' || !mayBeArchived(sql)) return readStored(sql, table, columns, wanted, scope);
  return inSnapshot(sql, async (tx) => {
    const stored = await readStored<Row>(tx, table, columns, wanted, scope);
    const found = new Set(stored.map(({ index }) => index));
    const left = wanted.filter(({ index }) => !found.has(index));
    return [...stored, ...(await readArchived<Row>(tx, table, columns, left, scope))];
  });
}

type Wanted = Indexed<Position>;

/** Uses the primary key: `limit 1` keeps the planner from joining whole partitions that are not analyzed yet. */
async function readStored<Row>(
  sql: Sql,
  table: Table,
  columns: string,
  wanted: readonly Wanted[],
  scope: Filter | null,
): Promise<Indexed<Row>[]> {
  const span = spanOf(wanted.map(timeOf));
  const rows = await sql<object[]>`
    select wanted.index::integer - 1 as index, found.*
    from unnest(${wanted.map(timeOf)}::timestamptz[], ${wanted.map(uidOf)}::uuid[]) with ordinality as wanted (at_ts, at_uid, index)
    cross join lateral (
      select ${sql.unsafe(columns)} from ${sql(table)}
      where ts = wanted.at_ts and uid = wanted.at_uid
        and ${within(sql, span)} ${andFilter(sql, scope, span)}
      limit 1
    ) found`;
  return rows as unknown as Indexed<Row>[];
}

async function readArchived<Row>(
  tx: Sql,
  table: 'system_logs' | 'llm_logs',
  columns: string,
  wanted: readonly Wanted[],
  scope: Filter | null,
): Promise<Indexed<Row>[]> {
  const duck = await archiveAt(tx, table, wanted.map(timeOf));
  if (!duck) return [];
  const span = spanOf(wanted.map(timeOf));
  const rows = await duck<object[]>`
    select at_index as index, ${duck.unsafe(columns)}
    from ${duck(table)} join (
      select unnest(${wanted.map(timeOf)}::timestamptz[]) as at_ts, unnest(${wanted.map(uidOf)}::uuid[]) as at_uid,
        unnest(${wanted.map(({ index }) => index)}::integer[]) as at_index
    ) as wanted on ts = at_ts and uid = at_uid
    where ${within(duck, span)} ${andFilter(duck, scope, span)}`;
  return rows as unknown as Indexed<Row>[];
}

const timeOf = ({ timestamp }: Position): string => timestamp;
const uidOf = ({ uid }: Position): string => uid;
