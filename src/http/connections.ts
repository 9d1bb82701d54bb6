import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as AnyServer, Socket } from 'node:net';
import { createAddressConnections } from '../access/address-connections.ts';
import { isLoopback } from './host.ts';

/** While a body is awaited, a client that sends less than this in the stall timeout has stalled. */
const MOVING_BYTES_MIN = 512;

/** Limits the connections of each address. Loopback and trusted proxies have no limit: they speak for many clients. */
export function limitConnections(
  server: AnyServer,
  maxPerAddress: number,
  isProxy: (address: string) => boolean,
): void {
  const connections = createAddressConnections(maxPerAddress, (address) => isLoopback(address) || isProxy(address));
  server.on('connection', (socket: Socket) => {
    if (socket.remoteAddress === undefined) return;
    const close = connections.open(socket.remoteAddress);
    if (close) socket.once('close', close);
    else socket.destroy();
  });
}

/** A request whose response has not ended. */
interface Exchange {
  request: IncomingMessage;
  received: number;
  sent: number;
}

interface Stalls {
  timeoutMs: number;
  /** The client does not send its body. Bodies that move may take any time. */
  onBody(socket: Socket): void;
  /** The client does not read its response. Only bytes that leave count: the server may still write. */
  onResponse(socket: Socket): void;
}

/**
 * Calls back when a client neither sends nor reads what is due for `timeoutMs` to `2 * timeoutMs`. While the server does not read
 * the body itself, because it waits for the database, the client has not stalled.
 */
export function watchExchanges(server: Server, { timeoutMs, onBody, onResponse }: Stalls): void {
  const exchanges = new Map<Socket, Exchange>();
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    exchanges.set(socket, { request, received: socket.bytesRead, sent: sentBy(socket) });
    response.once('close', () => {
      if (exchanges.get(socket)?.request === request) exchanges.delete(socket);
    });
  });
  const look = (): void => {
    for (const [socket, exchange] of exchanges) {
      const { request, received, sent } = exchange;
      exchange.received = socket.bytesRead;
      exchange.sent = sentBy(socket);
      if (socket.writableLength > 0 && exchange.sent === sent) onResponse(socket);
      const isAwaited = !request.complete && !request.destroyed && request.readableLength === 0;
      if (isAwaited && exchange.received - received < MOVING_BYTES_MIN) onBody(socket);
    }
  };
  // Sockets are read after timers. If this process had no time for a while, the bytes that wait for it are read first.
  const timer = setInterval(() => setImmediate(look), timeoutMs);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}

const sentBy = (socket: Socket): number => socket.bytesWritten - socket.writableLength;
