import { type LockSession, openLockSession } from '../connection/lock-session.ts';

/** The one session of a logs database that may seal. It holds the advisory lock `seal` until its connection ends. */
export type SealSession = LockSession;

/**
 * A build waits at most `lock_timeout` for a lock or for an old snapshot; the task tries again later. A build uses one
 * processor and leaves the others to writers and readers.
 */
const SETTINGS = `
  set lock_timeout = '10min';
  set statement_timeout = 0;
  set max_parallel_maintenance_workers = 0;`;

/** Null when another server is sealing. Does not wait for the lock: the builds of the other server would wait for its snapshot. */
export const openSealSession = (databaseUrl: string): Promise<SealSession | null> =>
  openLockSession(databaseUrl, { lock: 'seal', name: 'weir sealer', settings: SETTINGS });
