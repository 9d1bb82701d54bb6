import { randomUUID } from 'node:crypto';
import type { Sql } from './client.ts';

/** A server that was seen within this time is alive. */
export const ALIVE_MS = 10_000;
/** Rows of servers that are gone are removed after this time. */
const FORGET_MS = 3_600_000;

/** How many servers share this database: what one of them may take of a limit that they share. */
export interface LiveServers {
  /** At least 1. While the database is away, the last count. */
  readonly count: number;
  /** Says that this server is alive, and counts. Call it several times within 10 s. Never rejects. */
  beat(): Promise<void>;
}

/** What a server knows of the archive: it tells it with each beat, and learns that others have one. */
interface NoticedArchive {
  readonly mayHold: boolean;
  setMayHold(mayHold: boolean): void;
}

export function createLiveServers(sql: Sql, archive?: NoticedArchive): LiveServers {
  const id = randomUUID();
  let count = 1;
  return {
    get count() {
      return count;
    },
    async beat() {
      // An error is that of the database, which health reports.
      const seen = await beatAndCount(sql, id, archive?.mayHold ?? false).catch(() => null);
      if (!seen) return;
      count = 1 + seen.others;
      if (seen.isArchived) archive?.setMayHold(true);
    },
  };
}

interface Seen {
  others: number;
  /** Something is archived, or is going to be. */
  isArchived: boolean;
}

async function beatAndCount(sql: Sql, id: string, readsArchive: boolean): Promise<Seen> {
  const [row] = await sql<Seen[]>`
    with beat as (
      insert into weir_servers (id, seen_at, reads_archive) values (${id}, now(), ${readsArchive})
      on conflict (id) do update set seen_at = now(), reads_archive = excluded.reads_archive),
    gone as (delete from weir_servers where seen_at < now() - ${FORGET_MS} * interval '1 millisecond')
    select count(*)::int as others, exists (
        select from weir_state where name = 'archive_version' and value <> '0'::jsonb) as "isArchived"
    from weir_servers where id <> ${id} and seen_at > now() - ${ALIVE_MS} * interval '1 millisecond'`;
  return row!;
}
