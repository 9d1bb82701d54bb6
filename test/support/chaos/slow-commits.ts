import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

interface SlowCommits extends AsyncDisposable {
  /** The longest time from one holding of the lock to the next: more than the sum of both on a busy machine. */
  readonly longestMs: number;
}

/**
 * Makes a database store slowly: holds, from a connection of its own, the lock that every batch takes to commit for `heldMs`
 * at a time, and leaves it free for `freeMs`. Disposing it ends that.
 */
export async function slowCommits(databaseUrl: string, heldMs: number, freeMs: number): Promise<SlowCommits> {
  const client = new Client(databaseUrl);
  await client.connect();
  let over = false;
  let longestMs = 0;
  const running = (async () => {
    while (!over) {
      const begun = performance.now();
      await client.query(
        `begin; select pg_advisory_xact_lock(hashtext('weir'), hashtext('commit')); select pg_sleep(${heldMs / 1000}); commit`,
      );
      await sleep(freeMs);
      longestMs = Math.max(longestMs, performance.now() - begun);
    }
  })();
  return {
    get longestMs() {
      return longestMs;
    },
    async [Symbol.asyncDispose]() {
      over = true;
      await running;
      await client.end();
    },
  };
}
