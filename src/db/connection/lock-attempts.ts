import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from './client.ts';
import { sqlState } from './sqlstate.ts';

/** A waiting lock request blocks everyone behind it. Wait briefly, then retry. */
const LOCK_TIMEOUT = '200ms';
const ATTEMPTS = 5;
const RETRY_AFTER_MS = 100;
/** lock_not_available, deadlock_detected. */
const NOT_GRANTED = new Set(['55P03', '40P01']);

/** Limits how long each statement of this transaction waits for a lock. */
export const setLockTimeout = (tx: Sql) => tx`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`;

/** Runs a transaction that calls `setLockTimeout`, again when it gets no lock. Undefined when no attempt got its locks. */
export async function withLocks<T>(attempt: () => Promise<T>, attemptsMax = ATTEMPTS): Promise<T | undefined> {
  for (let attempts = 1; attempts <= attemptsMax; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!NOT_GRANTED.has(sqlState(error) ?? '')) throw error;
    }
    await sleep(RETRY_AFTER_MS);
  }
  return undefined;
}
