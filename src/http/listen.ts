import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServerAdapter, sendNodeResponse } from '@whatwg-node/server';
import type { Logger } from 'pino';
import { cannotListen } from '../cannot-listen.ts';
import type { Config } from '../config.ts';
import { BadRequest, Internal, WeirError } from '../errors.ts';
import type { AddressLimits } from './address-limits.ts';
import { breakConnection } from './break-connection.ts';
import { BROWSER_HEADERS } from './browser-headers.ts';
import type { WatchedCertificate } from './certificate.ts';
import { limitConnections, watchExchanges } from './connections.ts';
import { errorText, refuse } from './error-response.ts';
import type { Handle } from './handle.ts';
import { readTarget } from './request-target.ts';

/**
 * A client that gets its response before it has sent its whole request may go on sending for this long. If the connection
 * closed at once, the client would not read the response.
 */
const LINGER_MS = 5000;
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MAX = 200;
/** How often Node looks for headers that are late. */
const LATE_HEADERS_CHECK_MS = 5000;

export interface HttpServerOptions {
  handle: Handle;
  /** Null: not encrypted. */
  certificate: WatchedCertificate | null;
  addressOf: AddressOf;
  limits: AddressLimits;
  connections: Config['connections'];
  isProxy(address: string): boolean;
  /** A client that does not send its body, or does not read its response, for this long is disconnected. */
  stallTimeoutMs: number;
  log: Logger;
}

/** The address of a request's client. */
export type AddressOf = (request: IncomingMessage) => string | undefined;

export function createHttpServer(options: HttpServerOptions): Server {
  const { handle, certificate, addressOf, limits, connections, isProxy, stallTimeoutMs, log } = options;
  const adapter = createServerAdapter<{ req: IncomingMessage }>((request, { req }) => {
    // Later, a request that was destroyed has no socket.
    const { socket } = req;
    req.once('close', () => limits.received(request, receivedOf(socket)));
    return handle(request, addressOf(req));
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      readTarget(request);
      const made = await adapter.handleNodeRequestAndResponse(request, response, { req: request });
      await sendNodeResponse(made, response, request, true);
    } catch (err) {
      // The adapter would cancel a body that has failed, and not handle that this fails too.
      request.removeAllListeners('error').on('error', () => {});
      if (!(err instanceof WeirError)) log.error({ err }, 'a request failed');
      sendError(response, err instanceof WeirError ? err : new Internal());
    }
  }

  const { headersTimeoutMs } = connections;
  const settings: ServerOptions = {
    // A long body may take any time while it moves: `watchExchanges`.
    requestTimeout: 0,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(LATE_HEADERS_CHECK_MS, headersTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    // readTarget requires it, and its error says so.
    requireHostHeader: false,
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    response.once('finish', () => discardRest(request));
    void respond(request, response);
  };
  const server = certificate ? createTls(certificate, settings, onRequest) : createServer(settings, onRequest);
  server.on('clientError', rejectBroken);
  limitConnections(server, connections.maxPerAddress, isProxy);
  watchExchanges(server, {
    timeoutMs: stallTimeoutMs,
    onResponse: breakConnection,
    onBody: (socket) => rejectBroken(new StalledBody('a body that does not move'), socket),
  });
  server.maxConnections = connections.max;
  server.maxHeadersCount = HEADERS_MAX;
  return server;
}

function createTls(
  certificate: WatchedCertificate,
  settings: ServerOptions,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): TlsServer {
  // A client that connects and does not speak TLS is as late as one without headers.
  const server = createTlsServer(
    { ...settings, ...certificate.first, handshakeTimeout: settings.headersTimeout! },
    onRequest,
  );
  const renewing = certificate.renew(server);
  server.once('close', () => renewing[Symbol.dispose]());
  return server;
}

class StalledBody extends Error {
  readonly code = 'ERR_HTTP_REQUEST_TIMEOUT';
}

const counted = new WeakMap<Socket, number>();

/** The bytes that a connection has received since the last call. */
function receivedOf(socket: Socket): number {
  const { bytesRead } = socket;
  const received = bytesRead - (counted.get(socket) ?? 0);
  counted.set(socket, bytesRead);
  return received;
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

/**
 * Sends an error outside `handle`. If a part of a response has gone, only the connection tells the client. If the response has
 * chunks, what was written before is still sent: the last chunk is then missing.
 */
function sendError(response: ServerResponse, error: WeirError): void {
  if (response.headersSent) {
    const { socket } = response;
    if (!socket) response.destroy();
    else if (response.chunkedEncoding) socket.destroySoon();
    else breakConnection(socket);
    return;
  }
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
    throw cannotListen(host, port, 'PORT', cause);
  }
  const { address, family, port: bound } = server.address() as AddressInfo;
  const shown = ['0.0.0.0', '::'].includes(address) ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `${server instanceof TlsServer ? 'https' : 'http'}://${shown}:${bound}`;
}
