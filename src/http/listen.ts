import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServerAdapter } from '@whatwg-node/server';
import { CannotStart } from '../errors.ts';
import type { Handle } from './handle.ts';
import { watchStall } from './stall.ts';

/** A request is sent whole within this; slow senders free their socket. */
const REQUEST_TIMEOUT_MS = 300_000;
/** A sender that is answered before it has sent all may send on for this long: cut off at once, it would not see the answer. */
const LINGER_MS = 5000;
const HEADERS_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 65_000;
const CONNECTIONS_MAX = 10_000;
const HEADERS_MAX = 200;

/** `stallTimeoutMs`: an event stream whose reader takes nothing of what waits for it for so long is cut. */
export function createHttpServer(handle: Handle, stallTimeoutMs: number): Server {
  const adapter = createServerAdapter(handle);
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      response.once('finish', () => discardRest(request));
      return adapter(request, response);
    },
  );
  server.on('clientError', refuseBroken);
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
 * What is no HTTP, or did not come in time, is answered in the shape of every other refusal; after the answer to the whole
 * request before it, where that is still to come.
 */
function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  const answering = (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage;
  if (answering?.req.complete && !answering.headersSent) {
    answering.shouldKeepAlive = false;
    return;
  }
  if (!socket.writable || answering?.headersSent) {
    socket.destroy();
    return;
  }
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const body = JSON.stringify({
    error: { code: 'BAD_REQUEST', message: `expected an HTTP request, got ${error.message}` },
  });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** What is left of a request that was answered: read and thrown away, for as long as it may take. */
function discardRest(request: IncomingMessage): void {
  if (request.readableEnded || request.destroyed) return;
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(timer)).resume();
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
