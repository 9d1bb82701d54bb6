import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, realpath, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { CannotStart } from './errors.ts';

/**
 * Locks a folder for this process, and creates it if it is missing. `setting` is the name of the setting that has the path.
 * The lock is a listening socket, because the system frees a socket however the process ends, even after a SIGKILL. On Linux
 * the socket has an abstract name and leaves no file.
 * @throws CannotStart another server holds the folder, or it cannot be created
 */
export async function lockFolder(folder: string, setting = 'DATA_DIR'): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new CannotStart(
      `${setting}: expected a folder that exists or can be created, got ${folder}: ${cause.message}`,
      { cause },
    );
  });
  const realFolder = await realpath(folder);
  const name = `weir-${createHash('sha256').update(realFolder).digest('hex').slice(0, 32)}`;
  const path = process.platform === 'linux' ? `\0${name}` : join(realFolder, 'weir.lock');
  const server = (await listen(path)) ?? ((await isStale(path)) ? await listenAgain(path) : undefined);
  if (!server) throw new CannotStart(`another Weir server is running on ${folder}: stop it, or set ${setting}`);
  server.unref();
  return {
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
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
