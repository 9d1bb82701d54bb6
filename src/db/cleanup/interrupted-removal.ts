import type { Sql } from '../connection/client.ts';
import type { Partition } from '../partitions/partitions.ts';

/**
 * Takes up what was interrupted between detaching a partition and dropping it: where it is empty it is dropped, else it is
 * attached again, so that no record is lost. In turn with whoever makes partitions.
 * @returns the names of the partitions that it found
 */
export async function takeUpDetached(sql: Sql): Promise<string[]> {
  if ((await readDetached(sql)).length === 0) return [];
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('weir'), hashtext('partitions'))`;
    const detached = await readDetached(tx as unknown as Sql);
    for (const { name, from, to, pending } of detached) {
      if (pending) await tx.unsafe(`alter table system_logs detach partition ${name} finalize`);
      const [record] = await tx`select from ${tx(name)} limit 1`;
      if (record) {
        await tx.unsafe(`alter table system_logs attach partition ${name} for values from ('${from}') to ('${to}')`);
      } else {
        await tx`drop table ${tx(name)}`;
        await tx`delete from log_partitions where name = ${name}`;
      }
    }
    return detached.map(({ name }) => name);
  }) as Promise<string[]>;
}

/** `pending`: the detaching itself was interrupted. */
const readDetached = (sql: Sql) => sql<(Partition & { pending: boolean })[]>`
  select name, from_ts as "from", to_ts as "to", i.inhrelid is not null as pending
  from log_partitions join pg_class c on c.oid = to_regclass(name) left join pg_inherits i on i.inhrelid = c.oid
  where i.inhrelid is null or i.inhdetachpending
  order by from_ts`;
