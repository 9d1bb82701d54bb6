import type { Json } from '../../log/json.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';

/** What is saved. */
export interface SearchContent {
  name: string;
  description: string | null;
  /** In the search language. */
  query: string;
  view: Json;
  /** Whether servers count its records for `/metrics`. */
  metric: boolean;
}

/** `SavedSearch` of the schema. */
export interface SavedSearch extends SearchContent {
  id: string;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}

const search = (sql: Sql): Fragment => sql`
  id, name, description, query, view, metric, created_at as "createdAt", updated_at as "updatedAt"`;

/** By name; capital letters do not count. */
export const listSearches = async (sql: Sql): Promise<SavedSearch[]> =>
  sql<SavedSearch[]>`select ${search(sql)} from saved_searches order by lower(name), name`;

/** In the order of the ids; null for one that does not exist. */
export async function findSearches(sql: Sql, ids: readonly string[]): Promise<(SavedSearch | null)[]> {
  const rows = await sql<SavedSearch[]>`
    select ${search(sql)} from saved_searches where id = any (${ids as string[]}::uuid[])`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** What a server must know of a search to count its records. */
export type CountedSearch = Pick<SavedSearch, 'id' | 'name' | 'query'>;

export const readCountedSearches = async (sql: Sql): Promise<CountedSearch[]> =>
  sql<CountedSearch[]>`select id, name, query from saved_searches where metric order by name`;

/** How many there are beside this one, and how many of them are counted for `/metrics`. */
export async function countOtherSearches(tx: Sql, id: string | null): Promise<{ all: number; counted: number }> {
  const [row] = await tx<{ all: number; counted: number }[]>`
    select count(*) as all, count(*) filter (where metric) as counted from saved_searches
    where id is distinct from ${id}::uuid`;
  return row!;
}

const jsonb = (tx: Sql, view: Json): Fragment => tx`${view === null ? null : JSON.stringify(view)}::text::jsonb`;

export async function insertSearch(tx: Sql, content: SearchContent): Promise<SavedSearch> {
  const { name, description, query, view, metric } = content;
  const [row] = await tx<SavedSearch[]>`
    insert into saved_searches (name, description, query, view, metric)
    values (${name}, ${description}, ${query}, ${jsonb(tx, view)}, ${metric}) returning ${search(tx)}`;
  return row!;
}

export async function replaceSearch(tx: Sql, id: string, content: SearchContent): Promise<SavedSearch> {
  const { name, description, query, view, metric } = content;
  const [row] = await tx<SavedSearch[]>`
    update saved_searches set name = ${name}, description = ${description}, query = ${query}, view = ${jsonb(tx, view)},
      metric = ${metric}, updated_at = clock_timestamp()
    where id = ${id}::uuid returning ${search(tx)}`;
  return row!;
}

export const removeSearch = async (tx: Sql, id: string): Promise<void> =>
  void (await tx`delete from saved_searches where id = ${id}::uuid`);
