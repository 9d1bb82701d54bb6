import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { Logger } from 'pino';
import type { AddressConnections } from '../../access/address-connections.ts';
import { plainAddress } from '../../access/client-address.ts';
import { cannotListen } from '../../cannot-listen.ts';
import { waitUntil } from '../../timing/time-limit.ts';
import type { CountDrop } from './drops.ts';
import { BrokenFraming, type Framer } from './framer.ts';
import type { Gatherer } from './gatherer.ts';
import type { UnfinishedMemory } from './unfinished-memory.ts';

/** A message that has begun must go on within this time. */
const STALL_MS = 60_000;
/** Devices may log seldom, and lose a message when they find their connection closed. Dead ones are found by keep-alive. */
const IDLE_MS = 24 * 3_600_000;
const KEEP_ALIVE_MS = 60_000;
/** After the end of a connection was announced, its client may send for this long what it had begun. */
const FINISH_MS = 500;

/** A certificate that is in use, and renewed. */
export interface ListenerCertificate {
  first: { cert: Buffer; key: Buffer };
  renew(server: TlsServer): Disposable;
}

export interface TcpListenerOptions {
  host: string;
  port: number;
  /** The setting of the port. */
  setting: string;
  /** Null: without TLS. */
  certificate: ListenerCertificate | null;
  createFramer(): Framer;
  /** What the sender of a message is told when it is stored. */
  acknowledgement?: ((message: Buffer) => Buffer | undefined) | undefined;
  gatherer: Gatherer;
  /** Why a client is not let in. */
  refusal(address: string): 'address' | 'refused' | undefined;
  connectionsMax: number;
  addressConnections: AddressConnections;
  /** Shared by all listeners. */
  memory: UnfinishedMemory;
  handshakeTimeoutMs: number;
  countDrop: CountDrop;
  log: Logger;
}

export interface TcpListener extends AsyncDisposable {
  readonly connections: number;
}

/**
 * Takes messages over TCP or TLS. While the gatherer is full, no connection is read: the client's sending waits. Disposing
 * announces the end to all clients, reads what they had begun, and closes.
 *
 * @throws CannotStart
 */
export async function listenTcp(options: TcpListenerOptions): Promise<TcpListener> {
  const { host, port, setting, certificate, gatherer, refusal, addressConnections, countDrop, log } = options;
  /** Also those whose TLS handshake has not ended. */
  const opened = new Set<Socket>();
  const sockets = new Set<Socket>();
  let isPaused = false;

  function pauseAll(): void {
    if (isPaused) return;
    isPaused = true;
    for (const socket of sockets) socket.pause();
    void gatherer.room().then(() => {
      isPaused = false;
      for (const socket of sockets) socket.resume();
    });
  }

  /** On the connection itself, before any handshake. */
  function admit(socket: Socket): void {
    socket.on('error', () => {});
    const address = socket.remoteAddress;
    const reason = address === undefined ? 'unfinished' : refusal(plainAddress(address));
    const close = reason === undefined ? addressConnections.open(address!) : undefined;
    if (reason !== undefined) countDrop(reason);
    if (!close) return void socket.destroy();
    opened.add(socket);
    socket.once('close', () => {
      opened.delete(socket);
      close();
    });
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }

  function serve(socket: Socket): void {
    if (socket.destroyed) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    readMessages(socket, options, () => {
      if (gatherer.isFull) pauseAll();
    });
    if (isPaused) socket.pause();
  }

  const settings = { allowHalfOpen: false, highWaterMark: 64 * 1024 };
  const server: Server = certificate
    ? createTlsServer({ ...settings, ...certificate.first, handshakeTimeout: options.handshakeTimeoutMs }, serve)
    : createServer(settings, serve);
  // Before the listener that begins the handshake, or serves.
  server.prependListener('connection', admit);
  server.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
  server.maxConnections = options.connectionsMax;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw cannotListen(host, port, setting, cause);
  }
  server.on('error', (err) => log.error({ err, port }, 'a listener failed'));
  const renewing = certificate?.renew(server as TlsServer);

  return {
    get connections() {
      return opened.size;
    },
    async [Symbol.asyncDispose]() {
      renewing?.[Symbol.dispose]();
      server.close();
      for (const socket of sockets) socket.end();
      await waitUntil(() => sockets.size === 0, { everyMs: 10, withinMs: FINISH_MS });
      for (const socket of [...sockets, ...opened]) socket.destroy();
    },
  };
}

/** Gives the messages of a connection to the gatherer. `onTaken`: some were. */
function readMessages(
  socket: Socket,
  { createFramer, acknowledgement, gatherer, refusal, memory, countDrop, log }: TcpListenerOptions,
  onTaken: () => void,
): void {
  const framer = createFramer();
  const peer = plainAddress(socket.remoteAddress ?? '');
  let held = 0;
  const take = (bytes: Buffer): void => {
    const told = acknowledgement?.(bytes);
    // Acknowledgements are few and short: a client that does not read them has no more than its messages that wait here.
    if (told) gatherer.take({ bytes, peer, settled: () => void (socket.writable && socket.write(told)) });
    else gatherer.take({ bytes, peer });
  };

  /** Counts the memory of the unfinished message. False: there is none left. */
  function hold(bytes: number): boolean {
    const isTaken = memory.add(bytes - held);
    if (isTaken) held = bytes;
    socket.setTimeout(held > 0 ? STALL_MS : IDLE_MS);
    return isTaken;
  }
  socket.setTimeout(IDLE_MS);
  socket.on('data', (chunk) => {
    // The listener's key may have been revoked since the connection was opened.
    const reason = refusal(peer);
    if (reason !== undefined) {
      countDrop(reason);
      socket.destroy();
      return;
    }
    try {
      for (const message of framer.push(chunk)) take(message);
    } catch (error) {
      if (!(error instanceof BrokenFraming)) log.error({ err: error }, 'a connection could not be read');
      socket.destroy();
    }
    if (!hold(framer.held)) {
      countDrop('memory');
      socket.destroy();
    }
    onTaken();
  });
  socket.once('end', () => {
    const last = framer.end();
    if (last) take(last);
    else if (held > 0) countDrop('unfinished');
    hold(0);
    onTaken();
  });
  socket.on('timeout', () => {
    // One that this server does not read has not stalled.
    if (!socket.isPaused()) socket.destroy();
  });
  socket.once('close', () => {
    if (held > 0) countDrop('unfinished');
    hold(0);
  });
}
