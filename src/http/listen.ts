import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServerAdapter, sendNodeResponse } from '@whatwg-node/server';
import type { Logger } from 'pino';
import { BadRequest, CannotStart, Internal, WeirError } from '../errors.ts';
import { BROWSER_HEADERS } from './browser-headers.ts';
import { errorText, refuse } from './error-response.ts';
import type { Handle } from './handle.ts';
import { readTarget } from './request-target.ts';
import { watchStall } from './stall.ts';

/** A client must send a whole request within this time. */
const REQUEST_TIMEOUT_MS = 300_000;
/**
 * A client that gets its response before it has sent its whole request may go on sending for this long. If the connection
 * closed at once, the client would not read the response.
 */
const LINGER_MS = 5000;
const HEADERS_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 65_000;
const CONNECTIONS_MAX = 10_000;
const HEADERS_MAX = 200;

/** `stallTimeoutMs`: an event stream is cut when its client reads nothing for this long while data waits. */
export function createHttpServer(handle: Handle, stallTimeoutMs: number, log: Logger): Server {
  const adapter = createServerAdapter<{ req: IncomingMessage }>((request, { req }) =>
    handle(request, req.socket.remoteAddress),
  );

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      readTarget(request);
      const made = await adapter.handleNodeRequestAndResponse(request, response, { req: request });
      await sendNodeResponse(made, response, request, true);
    } catch (err) {
      if (!(err instanceof WeirError)) log.error({ err }, 'a request failed');
      sendError(response, err instanceof WeirError ? err : new Internal());
    }
  }

  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // readTarget requires it, and its error says so.
      requireHostHeader: false,
    },
    (request, response) => {
      response.once('finish', () => discardRest(request));
      void respond(request, response);
    },
  );
  server.on('clientError', rejectBroken);
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
 * Sends the error response for bytes that are not HTTP, or that came too late. If the request before them is complete and
 * has no response yet, that response is sent instead, and then the connection closes.
 */
function rejectBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  const earlier = (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage;
  if (earlier?.req.complete && !earlier.headersSent) {
    earlier.shouldKeepAlive = false;
    return;
  }
  if (!socket.writable || earlier?.headersSent) {
    socket.destroy();
    return;
  }
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  refuse(socket, new BadRequest(`expected an HTTP request, got ${error.message}`, status));
}

/** Sends an error outside `handle`. If a part of a response has gone, only closing the connection tells the client. */
function sendError(response: ServerResponse, error: WeirError): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(error.status, { ...BROWSER_HEADERS, 'content-type': 'application/json' });
  response.end(errorText(error));
}

/** Reads and discards the rest of a request that has its response, for at most `LINGER_MS`. */
function discardRest(request: IncomingMessage): void {
  if (request.readableEnded || request.destroyed) return;
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(timer)).resume();
}

/**
 * @returns the address as a URL
 * @throws CannotStart the port is in use or not permitted
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
  EADDRINUSE: 'another program uses this port; set PORT to another one',
  EACCES: 'this user has no permission; set PORT to 1024 or above',
  EADDRNOTAVAIL: 'this machine does not have this address; set HOST',
  ENOTFOUND: 'this host does not exist; set HOST',
};
