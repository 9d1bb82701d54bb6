import { randomUUID } from 'node:crypto';
import type { Sql } from './client.ts';

/** A server that was seen within this time is alive. */
const ALIVE_MS = 10_000;
/** Rows of servers that are gone are removed after this time. */
const FORGET_MS = 3_600_000;

/** How many servers share this database: what one of them may take of a limit that they share. */
export interface LiveServers {
  /** At least 1. While the database is away, the last count. */
  readonly count: number;
  /** Says that this server is alive, and counts. Call it several times within 10 s. Never rejects. */
  beat(): Promise<void>;
}

export function createLiveServers(sql: Sql): LiveServers {
  const id = randomUUID();
  let count = 1;
  return {
    get count() {
      return count;
    },
    async beat() {
      // An error is that of the database, which health reports.
      count = await beatAndCount(sql, id).catch(() => count);
    },
  };
}

async function beatAndCount(sql: Sql, id: string): Promise<number> {
  const [row] = await sql<{ others: number }[]>`
    with beat as (
      insert into weir_servers (id, seen_at) values (${id}, now()) on conflict (id) do update set seen_at = now()),
    gone as (delete from weir_servers where seen_at < now() - ${FORGET_MS} * interval '1 millisecond')
    select count(*)::int as others from weir_servers
    where id <> ${id} and seen_at > now() - ${ALIVE_MS} * interval '1 millisecond'`;
  return 1 + row!.others;
}
