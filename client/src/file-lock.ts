import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';

export interface FileLock {
  /** The file itself stays: a lock file that is removed can be locked twice. */
  release(): void;
}

const SQLITE_BUSY = 5;
/** SQLite's codes are below this. Extended codes have the reason in higher bits. */
const SQLITE_CODES = 0x100;

/** The system's locks are those of a whole process: they do not keep a process from locking a file twice. */
const held = new Set<string>();

/**
 * Locks a file for this process, and creates it if it is missing. Undefined if it is locked already. The system frees the lock
 * however the process ends, even after SIGKILL. It also holds between containers that share a volume.
 * Node before 22.13 has no `node:sqlite`: there the lock holds only within the process.
 * @throws the file cannot be created
 */
export function lockFile(path: string): FileLock | undefined {
  const file = resolve(path);
  if (held.has(file)) return undefined;
  // Closing a file frees the locks of this process on it: so this comes before the lock.
  closeSync(openSync(file, 'a'));
  const free = lockWithSqlite(file);
  if (!free) return undefined;
  held.add(file);
  return {
    release() {
      if (held.delete(file)) free();
    },
  };
}

/** An exclusive transaction on an empty database locks its file. Node has no other lock that ends with the process. */
function lockWithSqlite(file: string): (() => void) | undefined {
  const sqlite = loadSqlite();
  if (!sqlite) return () => {};
  const database = new sqlite.DatabaseSync(file);
  try {
    // A journal in memory: no second file.
    database.exec('pragma journal_mode = memory; begin exclusive');
    return () => database.close();
  } catch (error) {
    database.close();
    if (((error as { errcode?: number }).errcode ?? 0) % SQLITE_CODES === SQLITE_BUSY) return undefined;
    throw error;
  }
}

/** Node 22 and 23 print a warning when SQLite is loaded: its functions may change. Those used here are stable. */
function loadSqlite(): typeof import('node:sqlite') | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    // Node before 22.3 does not have the function either.
    return process.getBuiltinModule?.('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
