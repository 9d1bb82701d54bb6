import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { Overloaded } from '../../../errors.ts';
import { lockKey } from '../../connection/advisory-lock.ts';

/** An archiver may be at work. A partition takes it seconds; many of them take longer than anybody waits. */
const ATTEMPTS = 60;
const RETRY_AFTER_MS = 1000;

/**
 * Holds the lock `archive`, as an archiver does, until it is disposed or the client's connection ends: an archiver would take files
 * that are not recorded yet for those of a killed one, and delete them.
 * @throws Overloaded an archiver keeps the lock
 */
export async function holdArchive(client: Client, signal: AbortSignal): Promise<AsyncDisposable> {
  for (let attempts = 1; attempts <= ATTEMPTS; attempts++) {
    const { rows } = await client.query<{ granted: boolean }>(
      `select pg_try_advisory_lock(${lockKey('archive')}) as granted`,
    );
    if (rows[0]!.granted) {
      // The lock of a lost connection is free already.
      const release = () => client.query(`select pg_advisory_unlock(${lockKey('archive')})`).catch(() => {});
      return { [Symbol.asyncDispose]: async () => void (await release()) };
    }
    if (attempts < ATTEMPTS) await sleep(RETRY_AFTER_MS, undefined, { signal });
  }
  throw new Overloaded('a server is archiving partitions, or another import runs. Run it again later');
}
