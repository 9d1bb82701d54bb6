import { type LockSession, openLockSession } from '../../connection/lock-session.ts';

/**
 * The one session of a logs database that may write to its archive. Null when another server archives. It only saves work and keeps
 * files that are being written: that no record is lost or counted twice is the work of `recordArchived`.
 */
export const openArchiveSession = (databaseUrl: string): Promise<LockSession | null> =>
  openLockSession(databaseUrl, { lock: 'archive', name: 'weir archiver', settings: 'set statement_timeout = 0;' });
