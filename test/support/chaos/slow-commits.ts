import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/**
 * Makes a database store slowly: holds, from a connection of its own, the lock that every batch takes to commit for `heldMs`
 * at a time, and leaves it free for `freeMs`. Disposing it ends that.
 */
export async function slowCommits(databaseUrl: string, heldMs: number, freeMs: number): Promise<AsyncDisposable> {
  const client = new Client(databaseUrl);
  await client.connect();
  let over = false;
  const running = (async () => {
    while (!over) {
      await client.query(
        `begin; select pg_advisory_xact_lock(hashtext('weir'), hashtext('commit')); select pg_sleep(${heldMs / 1000}); commit`,
      );
      await sleep(freeMs);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      over = true;
      await running;
      await client.end();
    },
  };
}
