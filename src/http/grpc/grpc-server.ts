import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { ReadableStream } from 'node:stream/web';
import type { Logger } from 'pino';
import { cannotListen } from '../../cannot-listen.ts';
import type { Config } from '../../config.ts';
import { isWithin } from '../../timing/time-limit.ts';
import type { AddressLimits } from '../address-limits.ts';
import type { WatchedCertificate } from '../certificate.ts';
import { limitConnections } from '../connections.ts';
import type { Handle } from '../handle.ts';
import { BadMessage, messageBytes, readMessage } from './message.ts';
import { CODE, readStatus, type Status, trailersOf } from './status.ts';

/** The methods of OTLP/gRPC, and the paths of OTLP/HTTP that do the same. */
const PATHS: Readonly<Record<string, string>> = {
  '/opentelemetry.proto.collector.logs.v1.LogsService/Export': '/v1/logs',
  '/opentelemetry.proto.collector.trace.v1.TraceService/Export': '/v1/traces',
  '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export': '/v1/metrics',
};

/** Calls of one connection at a time. A client waits with others. */
const STREAMS_MAX = 100;
/** Headers and frames that a connection may hold, in megabytes. */
const SESSION_MEGABYTES_MAX = 10;
/** Exporters send at least once a minute. A connection on which nothing moves for this long is closed. */
const IDLE_MS = 300_000;
/** Bytes of a message that a client may send before the server reads on. */
const WINDOW_BYTES = 1024 * 1024;

export interface GrpcServerOptions {
  handle: Handle;
  /** Null: not encrypted. */
  certificate: WatchedCertificate | null;
  limits: AddressLimits;
  connections: Config['connections'];
  isProxy(address: string): boolean;
  /** Of a message, as it is sent. */
  messageBytesMax: number;
  /** A client that does not send the rest of its message for this long is cut off. */
  stallTimeoutMs: number;
  log: Logger;
}

export interface GrpcServer extends AsyncDisposable {
  /** @throws CannotStart the port is in use or not permitted */
  listen(host: string, port: number): Promise<void>;
}

/**
 * OTLP over gRPC: each unary call becomes the request of OTLP over HTTP that says the same, so that keys, limits, records and errors
 * are the same in both.
 */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const { certificate, connections, isProxy, stallTimeoutMs, log } = options;
  const settings = {
    maxSessionMemory: SESSION_MEGABYTES_MAX,
    settings: { maxConcurrentStreams: STREAMS_MAX, initialWindowSize: WINDOW_BYTES, enablePush: false },
  };
  const server = certificate ? createSecureServer({ ...settings, ...certificate.first }) : createServer(settings);
  const renewing = certificate?.renew(server as Http2SecureServer);
  limitConnections(server, connections.maxPerAddress, isProxy);
  server.maxConnections = connections.max;
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(IDLE_MS, () => session.destroy());
    session.on('error', () => {});
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {});
    stream.setTimeout(stallTimeoutMs, () => stream.destroy());
    stream.once('end', () => stream.setTimeout(0));
    void answer(stream, headers, options).catch((err) => {
      if (!stream.destroyed) log.error({ err }, 'a call of gRPC failed');
      stream.destroy();
    });
  });
  server.on('sessionError', () => {});
  return {
    async listen(host, port) {
      server.listen(port, host);
      try {
        await once(server, 'listening');
      } catch (cause) {
        throw cannotListen(host, port, 'OTLP_GRPC_PORT', cause);
      }
    },
    async [Symbol.asyncDispose]() {
      renewing?.[Symbol.dispose]();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await isWithin(Promise.all(Array.from(sessions, closeSession)), FINISH_MS);
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

/** At the end, calls that have begun may finish within this time. */
const FINISH_MS = 1000;
const closeSession = (session: ServerHttp2Session): Promise<void> =>
  new Promise((resolve) => (session.closed ? resolve() : session.close(resolve)));

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  options: GrpcServerOptions,
): Promise<void> {
  if (!/^application\/grpc(?:\+proto)?(?:;|$)/.test(headers['content-type'] ?? '')) {
    stream.respond({ ':status': 415 }, { endStream: true });
    return;
  }
  const path = PATHS[headers[':path'] ?? ''];
  if (path === undefined) {
    const known = Object.keys(PATHS).join(', ');
    return end(stream, null, { code: CODE.UNIMPLEMENTED, message: `expected one of the methods ${known}` });
  }
  try {
    const response = await call(stream, headers, path, options);
    const body = Buffer.from(await response.arrayBuffer());
    if (response.ok) return end(stream, body, { code: CODE.OK, message: '' });
    end(stream, null, statusOf(response, body));
  } catch (error) {
    if (!(error instanceof BadMessage)) throw error;
    end(stream, null, error.status);
  }
}

async function call(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  path: string,
  { handle, limits, messageBytesMax }: GrpcServerOptions,
): Promise<Response> {
  const { isCompressed, bytes, chunks } = await readMessage(stream, messageBytesMax);
  let problem: BadMessage | undefined;
  const body = ReadableStream.from(
    noted(chunks, (error) => {
      problem = error;
    }),
  );
  const encoding = isCompressed ? (headers['grpc-encoding']?.toString() ?? 'gzip') : undefined;
  const request = new Request(`http://${HOST}${path}`, {
    method: 'POST',
    headers: requestHeaders(headers, encoding),
    body,
    duplex: 'half',
  } as RequestInit);
  const response = await handle(request, stream.session?.socket.remoteAddress);
  limits.received(request, bytes);
  if (problem) throw problem;
  return response;
}

/** The URL of a request needs a host; the one that the client asked for is in the headers. */
const HOST = 'weir';

/** A body that breaks ends the request with an error of HTTP. What gRPC says of it is kept beside. */
async function* noted(chunks: AsyncGenerator<Buffer>, note: (error: BadMessage) => void): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    if (error instanceof BadMessage) note(error);
    throw error;
  }
}

/** Headers that mean something else, or nothing, in a request of HTTP/1. */
const OF_HTTP2 = /^(?::|grpc-)|^(?:te|connection|content-type|content-length|content-encoding|transfer-encoding|host)$/;

function requestHeaders(from: IncomingHttpHeaders, encoding: string | undefined): Headers {
  const headers = new Headers({ 'content-type': 'application/x-protobuf', host: from[':authority'] ?? HOST });
  if (encoding !== undefined) headers.set('content-encoding', encoding);
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && !OF_HTTP2.test(name)) headers.set(name, value.toString());
  }
  return headers;
}

/** Failures that pass are said with the time after which the client may try again. */
const RETRY_AFTER_SECONDS = 1;

function statusOf(response: Response, body: Buffer): Status {
  const status = readStatus(body);
  if (response.status !== 429 && response.status !== 503) return status;
  return { ...status, retryAfterSeconds: Number(response.headers.get('retry-after')) || RETRY_AFTER_SECONDS };
}

/** Ends a call: with a message, or with the status alone. */
function end(stream: ServerHttp2Stream, message: Buffer | null, status: Status): void {
  if (stream.destroyed || stream.headersSent) return;
  const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-accept-encoding': 'identity,gzip' };
  if (message === null) {
    stream.respond({ ...headers, ...trailersOf(status) }, { endStream: true });
    // The client may still be sending: NO_ERROR tells it to stop.
    if (!stream.readableEnded) stream.close();
    return;
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(trailersOf(status)));
  stream.end(messageBytes(message));
}
