import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, realpath, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { CannotStart } from './errors.ts';

/**
 * Holds a folder, which `setting` names, for this process alone, until it ends in any way: a listening socket, which the system frees even
 * after a SIGKILL. On Linux its name is abstract and leaves no file.
 * @throws CannotStart another server holds the folder, or it cannot be made
 */
export async function lockDataDir(dataDir: string, setting = 'DATA_DIR'): Promise<AsyncDisposable> {
  await mkdir(dataDir, { recursive: true }).catch((cause: Error) => {
    throw new CannotStart(
      `${setting}: expected a folder that can be made or is there, got ${dataDir}: ${cause.message}`,
      { cause },
    );
  });
  const folder = await realpath(dataDir);
  const name = `weir-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  const path = process.platform === 'linux' ? `\0${name}` : join(folder, 'weir.lock');
  const server = (await listen(path)) ?? ((await isStale(path)) ? await listenAnew(path) : undefined);
  if (!server) throw new CannotStart(`another Weir server is running on ${dataDir}: stop it, or set ${setting}`);
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

/** A socket file that nobody listens on any more. */
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

async function listenAnew(path: string): Promise<Server | undefined> {
  await unlink(path);
  return listen(path);
}
