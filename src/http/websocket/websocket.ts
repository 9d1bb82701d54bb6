import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { SocketLimits } from '../../config.ts';
import { Internal, Overloaded, QueryTooComplex, WeirError } from '../../errors.ts';
import { isWithin, waitUntil } from '../../timing/time-limit.ts';
import { createActiveCount } from '../active-count.ts';
import type { AddressLimits } from '../address-limits.ts';
import { refuse } from '../error-response.ts';
import type { Gate, Identity } from '../gate.ts';
import { GRAPHQL_PATH, type Graphql } from '../graphql/graphql.ts';
import { checkedJson } from '../graphql/request-json.ts';
import { errorPayload, resultPayload } from '../graphql/result-text.ts';
import type { AddressOf } from '../listen.ts';
import type { Trust } from '../trust.ts';
import { admitSocket, checkUpgrade, closeWithKey, pathOfUpgrade } from './admission.ts';
import type { Client, Connection } from './client.ts';
import { type Engine, isSubscription, prepare } from './execution.ts';
import { LIMIT_CODES, linkSocket } from './socket-link.ts';
import { createSocketOperations } from './socket-operations.ts';
import type { SocketRoute } from './socket-route.ts';

interface WebsocketDeps {
  graphql: Graphql;
  limits: SocketLimits;
  stallTimeoutMs: number;
  /** Browsers let any page open a websocket to any server, so the server must check the page's origin. */
  trust: Trust;
  gate: Gate;
  addressLimits: AddressLimits;
  addressOf: AddressOf;
  /** Other protocols, each at a path of its own. */
  routes: readonly SocketRoute[];
}

/** When the server closes: time for results that wait to be sent, and then time for clients to confirm that a socket closes. */
const CLOSE_STEP_MS = 1000;
const CLOSING = 'the server is closing';

/**
 * graphql-transport-ws on the path of GraphQL. Disposing it sends what waits, and closes every socket with 1012: its client
 * connects and subscribes again. `complete` would tell the client that the subscription is over.
 */
export function serveWebsocket(
  http: HttpServer,
  { graphql, limits, stallTimeoutMs, trust, gate, addressLimits, addressOf, routes }: WebsocketDeps,
): AsyncDisposable {
  const connections = new Set<Connection>();
  let closing = false;
  /** Sockets since the start. */
  let opened = 0;
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: limits.messageBytesMax,
    closeTimeout: CLOSE_STEP_MS,
    handleProtocols: (protocols) => handleProtocols(protocols),
  };
  const sockets = new WebSocketServer(options);
  const paths = [GRAPHQL_PATH, ...routes.map(({ path }) => path)];

  /** The error of an operation beyond a limit. It also closes the socket: its client has lost count and must connect again. */
  function overLimit({ extra, subscriptions }: Connection, isSubscription: boolean): Overloaded | undefined {
    const { operationsMax, subscriptionsMax } = limits;
    const closeSocket = (code: number, expected: string): Overloaded => {
      extra.socket.close(code, expected);
      return new Overloaded(expected);
    };
    if (closing) return closeSocket(LIMIT_CODES.restart, CLOSING);
    if (Object.keys(subscriptions).length > operationsMax) {
      return closeSocket(LIMIT_CODES.tooMany, `expected at most ${operationsMax} operations at once`);
    }
    if (!isSubscription) return undefined;
    if (extra.subscriptions.count >= subscriptionsMax) {
      return closeSocket(LIMIT_CODES.tooMany, `expected at most ${subscriptionsMax} subscriptions on a socket`);
    }
    return graphql.subscriptions.isFull
      ? closeSocket(LIMIT_CODES.tryAgainLater, 'this server has as many subscriptions as SUBSCRIPTIONS_MAX allows')
      : undefined;
  }

  /** The error of an operation without a key beyond the limits of its address. Each counts as a request. */
  function overRate({ extra }: Connection): Overloaded | undefined {
    const { caller, identity } = extra;
    if (caller!.apiKey !== null) return undefined;
    try {
      addressLimits.check(extra, identity.asking.address, identity.asking.header);
      return undefined;
    } catch (error) {
      if (error instanceof Overloaded) return error;
      throw error;
    }
  }

  const protocol = makeServer<Record<string, unknown>, Client>({
    connectionInitWaitTimeout: limits.initTimeoutMs,
    onConnect: async (connection) => {
      const { socket } = connection.extra;
      if (!(await admitSocket(gate, connection)) || socket.readyState !== socket.OPEN) return false;
      connections.add(connection);
      return true;
    },
    onClose: (connection) => {
      connections.delete(connection);
    },
    onSubscribe: async (connection, id, payload) => {
      const tooMany = overLimit(connection, false) ?? overRate(connection);
      if (tooMany) return [graphql.mapError(tooMany)];
      const args = await prepare(graphql, connection, id, payload);
      const error = 'document' in args && isSubscription(args) ? overLimit(connection, true) : undefined;
      return error ? [graphql.mapError(error)] : args;
    },
    onError: (_connection, _id, _payload, errors) => errors.map(errorPayload),
    onNext: (_connection, _id, _payload, _args, result) => (result.errors ? resultPayload(result) : undefined),
    execute: (args) => (args.rootValue as Engine).execute(args),
    subscribe: (args) => (args.rootValue as Engine).subscribe(args),
  });

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const ignore = (): void => {};
    socket.on('error', ignore);
    const address = addressOf(request);
    checkUpgrade(request, address, trust, gate, paths)
      .then((identity) => {
        // A key may come later, with `connection_init`: the upgrade counts as a request without one.
        if (identity.holder === null) addressLimits.check(request, address, identity.asking.header);
        const serveIt = serverOf(request, identity);
        socket.off('error', ignore);
        sockets.handleUpgrade(request, socket, head, (ready) => serveIt(ready, request.socket));
      })
      .catch((err: unknown) => {
        if (!(err instanceof WeirError)) graphql.log.error({ err }, 'an upgrade failed');
        refuse(socket, err instanceof WeirError ? err : new Internal());
      });
  };
  http.on('upgrade', onUpgrade);

  /** What serves the socket of an upgrade. @throws WeirError the client may not open it, or asks for what cannot be */
  function serverOf(request: IncomingMessage, identity: Identity): (socket: WebSocket, raw: Socket) => void {
    const route = routes.find(({ path }) => path === pathOfUpgrade(request));
    if (!route) return (socket, raw) => serve(socket, raw, identity);
    const caller = gate.admit(identity, route.need, route.path);
    const { searchParams } = new URL(request.url!, 'http://host');
    const open = route.open(searchParams, identity.asking.header, caller);
    return (socket, raw) => {
      closeWithKey(socket, caller);
      socket.on('error', (err) => graphql.log.debug({ err }, 'a websocket broke'));
      open(socket, linkSocket(socket, raw, { keepAliveMs: limits.keepAliveMs, stallTimeoutMs }));
    };
  }

  /** Connects an open socket to the protocol. */
  function serve(socket: WebSocket, raw: Socket, identity: Identity): void {
    const operations = createSocketOperations();
    const link = linkSocket(socket, raw, { keepAliveMs: limits.keepAliveMs, stallTimeoutMs });
    const fail = (err: unknown): void => {
      graphql.log.error({ err }, 'a websocket failed');
      socket.close(CloseCode.InternalServerError, 'Internal server error');
    };
    const client: Client = {
      identity,
      name: `websocket ${++opened}`,
      caller: null,
      socket,
      link,
      subscriptions: createActiveCount(),
      ended: createActiveCount(),
      operations,
    };
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: link.send,
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          link.listen((text) => {
            const message = withinLimits(socket, text);
            if (message === undefined) return;
            addressLimits.received(client, text.length);
            take(message).catch(fail);
            operations.sweep();
          }),
      },
      client,
    );
    // A frame is broken or too large. `ws` closes the socket automatically.
    socket.on('error', (err) => graphql.log.debug({ err }, 'a websocket broke'));
    socket.once('close', (code, reason) => {
      operations.end();
      closed(code, String(reason)).catch(fail);
    });
  }

  return {
    async [Symbol.asyncDispose]() {
      closing = true;
      await isWithin(finish(connections, graphql), CLOSE_STEP_MS);
      http.off('upgrade', onUpgrade);
      for (const socket of sockets.clients) socket.close(LIMIT_CODES.restart, CLOSING);
      await waitUntil(() => sockets.clients.size === 0, { everyMs: 10, withinMs: CLOSE_STEP_MS });
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

/** The message, if its JSON keeps the limits of a request. If not, the socket is closed, as for a message that is not JSON. */
function withinLimits(socket: WebSocket, text: string): string | undefined {
  try {
    return checkedJson(text);
  } catch (error) {
    if (!(error instanceof QueryTooComplex)) throw error;
    socket.close(CloseCode.BadRequest, error.message);
    return undefined;
  }
}

/** Ends the sources of all subscriptions, and waits until what they gave is sent and other operations have their results. */
async function finish(connections: ReadonlySet<Connection>, { subscriptions }: Graphql): Promise<void> {
  await subscriptions.end();
  const isRunning = ({ subscriptions, extra }: Connection): boolean =>
    Object.keys(subscriptions).length > extra.ended.count;
  while (Array.from(connections).some(isRunning)) await sleep(5);
}
