import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, realpath, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { CannotStart } from './errors.ts';

const LOCK_FILE = 'lock.sqlite';
/** Only the owner may open the file: a reader of it could keep the owner from locking it. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const SQLITE_BUSY = 5;
/** SQLite's codes are below this. Extended codes have the reason in higher bits. */
const SQLITE_CODES = 0x100;

/**
 * Locks a folder for this process, and creates it if it is missing. `setting` is the name of the setting that has the path.
 * The system frees the lock however the process ends, even after a SIGKILL.
 *
 * There are two locks. A lock on a file in the folder holds between containers that share a volume. A listening socket is what
 * version 0.1.0 looks at, and it keeps a process from locking a folder twice: SQLite's locks are those of a whole process.
 * @throws CannotStart another server holds the folder, or it cannot be created; another error: the file cannot be written
 */
export async function lockFolder(folder: string, setting = 'DATA_DIR'): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER }).catch((cause: Error) => {
    throw new CannotStart(
      `${setting}: expected a folder that exists or can be created, got ${folder}: ${cause.message}`,
      { cause },
    );
  });
  const realFolder = await realpath(folder);
  const isHeld = (): CannotStart =>
    new CannotStart(`another Weir server is running on ${folder}: stop it, or set ${setting}`);

  const server = await listenOn(realFolder);
  if (!server) throw isHeld();
  server.unref();
  try {
    const file = await lockFile(join(realFolder, LOCK_FILE)).catch(ignoreReadOnly);
    if (!file) throw isHeld();
    return {
      async [Symbol.asyncDispose]() {
        file.close?.();
        server.close();
      },
    };
  } catch (error) {
    server.close();
    if (error instanceof CannotStart) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const said = `${setting}: expected a folder that can be written, got ${folder}: ${message}`;
    throw Object.assign(new Error(said, { cause: error }), { code });
  }
}

/** Undefined if another process holds the lock of this file. It is an exclusive transaction of SQLite on an empty database. */
async function lockFile(path: string): Promise<DatabaseSync | undefined> {
  // Closing a file frees the locks of this process on it: so this comes before the lock.
  await (await open(path, 'a', PRIVATE_FILE)).close();
  const database = new (loadSqlite().DatabaseSync)(path);
  try {
    // A journal in memory: no second file.
    database.exec('pragma journal_mode = memory; begin exclusive');
    return database;
  } catch (error) {
    database.close();
    if (((error as { errcode?: number }).errcode ?? 0) % SQLITE_CODES === SQLITE_BUSY) return undefined;
    throw error;
  }
}

/** In a read-only folder nothing can be overwritten, and no file can be locked. The spool is replayed all the same. */
function ignoreReadOnly(error: NodeJS.ErrnoException): { close?: never } {
  if (error.code !== 'EROFS') throw error;
  return {};
}

/** Older releases of Node 24 print a warning when SQLite is loaded: its functions may change. Those used here are stable. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** On Linux the socket has an abstract name and leaves no file. Undefined if another process listens on it. */
async function listenOn(folder: string): Promise<Server | undefined> {
  const name = `weir-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  const path = process.platform === 'linux' ? `\0${name}` : join(folder, 'weir.lock');
  return (await listen(path)) ?? ((await isStale(path)) ? listenAgain(path) : undefined);
}

async function listen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

/** Whether the socket file is left from a process that has ended. */
async function isStale(path: string): Promise<boolean> {
  if (path.startsWith('\0')) return false;
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

async function listenAgain(path: string): Promise<Server | undefined> {
  await unlink(path);
  return listen(path);
}
