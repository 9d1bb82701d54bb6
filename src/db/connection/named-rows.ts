import type { Sql } from './client.ts';

/** Tables of which each row has an `id`, and a `name` that no other row has. */
export type NamedTable = 'saved_searches' | 'alerts' | 'notifiers';

/** Whether a row other than this one has the name. Uses the unique index on `name`. */
export async function isNameTaken(tx: Sql, table: NamedTable, name: string, id: string | null): Promise<boolean> {
  const [row] = await tx<{ taken: boolean }[]>`
    select exists (select from ${tx(table)} where name = ${name} and id is distinct from ${id}::uuid) as taken`;
  return row!.taken;
}

/** How many rows there are beside this one. */
export async function countOthers(tx: Sql, table: NamedTable, id: string | null): Promise<number> {
  const [row] = await tx<{ count: number }[]>`
    select count(*) as count from ${tx(table)} where id is distinct from ${id}::uuid`;
  return row!.count;
}
