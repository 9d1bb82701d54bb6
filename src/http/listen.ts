import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServerAdapter } from '@whatwg-node/server';
import { CannotStart } from '../errors.ts';
import type { Handle } from './handle.ts';
import { watchStall } from './stall.ts';

/** A request is sent whole within this; slow senders free their socket. */
const REQUEST_TIMEOUT_MS = 300_000;
const HEADERS_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 65_000;
const CONNECTIONS_MAX = 10_000;
const HEADERS_MAX = 200;

/** `stallTimeoutMs`: an event stream whose reader takes nothing of what waits for it for so long is cut. */
export function createHttpServer(handle: Handle, stallTimeoutMs: number): Server {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    createServerAdapter(handle),
  );
  server.prependListener('request', ({ headers, socket }, response) => {
    if (!headers.accept?.includes('text/event-stream')) return;
    response.once(
      'close',
      watchStall(socket, stallTimeoutMs, () => socket.destroy()),
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = HEADERS_MAX;
  return server;
}

/**
 * @returns the address as a URL
 * @throws CannotStart the port is taken, or may not be used
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new CannotStart(
      `cannot listen on ${host}:${port}: ${WHY[(cause as NodeJS.ErrnoException).code ?? ''] ?? (cause as Error).message}`,
      { cause },
    );
  }
  const { address, family, port: bound } = server.address() as AddressInfo;
  const shown = ['0.0.0.0', '::'].includes(address) ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${shown}:${bound}`;
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there: set PORT',
  EACCES: 'this user may not: set PORT to 1024 or above',
  EADDRNOTAVAIL: 'this machine has no such address: set HOST',
  ENOTFOUND: 'there is no such host: set HOST',
};
