import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../../connection/client.ts';
import { ALIVE_MS } from '../../connection/live-servers.ts';

/** Servers tell of themselves every three seconds. One that was killed counts as alive for `ALIVE_MS`. */
const WAIT_MS = ALIVE_MS + 5000;
const LOOK_EVERY_MS = 1000;

/**
 * Whether all servers of this database read what is archived. Tells them that something is going to be, and waits a while for those that
 * have not noticed yet. False while a server of a version that knows of no archive runs.
 */
export async function isReadByAll(sql: Sql, signal: AbortSignal, waitMs = WAIT_MS): Promise<boolean> {
  await sql`update weir_state set value = '1' where name = 'archive_version' and value = '0'::jsonb`;
  for (const end = performance.now() + waitMs; await isAnyBlind(sql); ) {
    if (performance.now() >= end) return false;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  return true;
}

async function isAnyBlind(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ any: boolean }[]>`
    select exists (
      select from weir_servers where not reads_archive and seen_at > now() - ${ALIVE_MS} * interval '1 millisecond') as any`;
  return row!.any;
}
