import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionArgs, type GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import { CloseCode, type Context, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { Caller } from '../../access/caller.ts';
import { presentedKeyOfInit } from '../../access/credentials.ts';
import type { SocketLimits } from '../../config.ts';
import { BadUserInput, Internal, Overloaded, QueryTooComplex, RouteNotFound, WeirError } from '../../errors.ts';
import { shown } from '../../log/shown.ts';
import { isWithin, waitUntil } from '../../timing/time-limit.ts';
import { type ActiveCount, createActiveCount } from '../active-count.ts';
import type { AddressLimits } from '../address-limits.ts';
import { refuse } from '../error-response.ts';
import type { Gate, Identity } from '../gate.ts';
import { GRAPHQL_PATH, type Graphql } from '../graphql/graphql.ts';
import { checkedJson } from '../graphql/request-json.ts';
import { errorPayload, resultPayload } from '../graphql/result-text.ts';
import type { AddressOf } from '../listen.ts';
import { senderOf } from '../origin.ts';
import { readTarget } from '../request-target.ts';
import { withoutSlash } from '../route.ts';
import { checkSender, type Trust } from '../trust.ts';
import { sendResults } from './result-messages.ts';
import { LIMIT_CODES, linkSocket, type SocketLink } from './socket-link.ts';
import { createSocketOperations, type SocketOperations } from './socket-operations.ts';

interface WebsocketDeps {
  graphql: Graphql;
  limits: SocketLimits;
  stallTimeoutMs: number;
  /** Browsers let any page open a websocket to any server, so the server must check the page's origin. */
  trust: Trust;
  gate: Gate;
  addressLimits: AddressLimits;
  addressOf: AddressOf;
}

/** When the server closes: time for results that wait to be sent, and then time for clients to confirm that a socket closes. */
const CLOSE_STEP_MS = 1000;
const CLOSING = 'the server is closing';
/** Of a close frame, in bytes. */
const CLOSE_REASON_MAX = 123;

/** The state of one socket. */
interface Client {
  /** Of the upgrade. A browser cannot send a key there: `connection_init` may have another one. */
  identity: Identity;
  /** Who waits for a connection in turn with others: this socket. */
  name: string;
  /** Since `connection_init`. Before it, the protocol allows no operation. */
  caller: Caller | null;
  socket: WebSocket;
  link: SocketLink;
  subscriptions: ActiveCount;
  /** Subscriptions whose source has ended, because the server closes. */
  ended: ActiveCount;
  operations: SocketOperations;
}

type Connection = Context<Record<string, unknown>, Client>;

/**
 * graphql-transport-ws on the path of GraphQL. Disposing it sends what waits, and closes every socket with 1012: its client
 * connects and subscribes again. `complete` would tell the client that the subscription is over.
 */
export function serveWebsocket(
  http: HttpServer,
  { graphql, limits, stallTimeoutMs, trust, gate, addressLimits, addressOf }: WebsocketDeps,
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
    checkUpgrade(request, address, trust, gate)
      .then((identity) => {
        // A key may come later, with `connection_init`: the upgrade counts as a request without one.
        if (identity.holder === null) addressLimits.check(request, address, identity.asking.header);
        socket.off('error', ignore);
        sockets.handleUpgrade(request, socket, head, (ready) => serve(ready, request.socket, identity));
      })
      .catch((err: unknown) => {
        if (!(err instanceof WeirError)) graphql.log.error({ err }, 'an upgrade failed');
        refuse(socket, err instanceof WeirError ? err : new Internal());
      });
  };
  http.on('upgrade', onUpgrade);

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

type Engine = Pick<ReturnType<Graphql['getEnveloped']>, 'execute' | 'subscribe'>;

const isSubscription = ({ document, operationName }: ExecutionArgs): boolean =>
  getOperationAST(document, operationName)?.operation === OperationTypeNode.SUBSCRIPTION;

/** Sends a subscription's results directly to its client. */
const sendingResults = ({ execute, subscribe }: Engine, client: Client, id: string): Engine => ({
  execute,
  async subscribe(args: ExecutionArgs) {
    const leave = client.subscriptions.enter();
    try {
      const results = await subscribe(args);
      if (Symbol.asyncIterator in results) {
        return sendResults(results as never, id, client.link.send, leave, client.ended);
      }
      leave();
      return results;
    } catch (error) {
      leave();
      throw error;
    }
  },
});

/** The arguments to execute an operation with, or the errors of its document. Through yoga, as over HTTP. */
async function prepare(
  { getEnveloped, mapError }: Graphql,
  { extra, subscriptions }: Connection,
  id: string,
  params: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    const gone = extra.operations.begin(id, subscriptions);
    const { schema, parse, validate, contextFactory, execute, subscribe } = getEnveloped({
      params,
      caller: extra.caller!,
      gone,
    });
    const document = parse(params.query);
    const errors = validate(schema, document);
    if (errors.length > 0) return errors as GraphQLError[];
    if (!getOperationAST(document, params.operationName)) {
      throw new BadUserInput('operationName: expected the name of one operation of the document');
    }
    return {
      schema,
      document,
      operationName: params.operationName,
      variableValues: params.variables,
      contextValue: await contextFactory(),
      rootValue: sendingResults({ execute, subscribe }, extra, id),
    };
  } catch (error) {
    return [mapError(error)];
  }
}

/** Whether the client of `connection_init` may use the socket. The socket then ends when its key no longer holds. */
async function admitSocket(gate: Gate, { extra, connectionParams }: Connection): Promise<boolean> {
  const { socket, identity, name } = extra;
  try {
    const known = await gate.identifyKey(presentedKeyOfInit(connectionParams), identity);
    extra.caller = { ...gate.admit(known, 'KEY', GRAPHQL_PATH), client: name };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    socket.close(CloseCode.Forbidden, error.message.slice(0, CLOSE_REASON_MAX));
    return false;
  }
  const end = gate.endOf(extra.caller);
  const close = (): void => socket.close(CloseCode.Forbidden, 'the API key was revoked or has expired');
  if (end?.aborted) close();
  else if (end) {
    end.addEventListener('abort', close);
    socket.once('close', () => end.removeEventListener('abort', close));
  }
  return !end?.aborted;
}

/** @throws RouteNotFound, BadRequest, AuthNotSet, HostNotAllowed, OriginNotAllowed, Unauthenticated, TooManyAttempts */
async function checkUpgrade(
  request: IncomingMessage,
  address: string | undefined,
  trust: Trust,
  gate: Gate,
): Promise<Identity> {
  readTarget(request);
  const { url = '', headers } = request;
  const pathname = url.split('?', 1)[0]!;
  if (withoutSlash(pathname) !== GRAPHQL_PATH) {
    throw new RouteNotFound(`expected a websocket at ${GRAPHQL_PATH}, got ${shown(pathname)}`);
  }
  const header = (name: string): string | null => headers[name]?.toString() ?? null;
  const identity = await gate.identify({ header, headerNames: Object.keys(headers), address });
  gate.checkDirect(identity);
  checkSender(senderOf('GET', header), trust, identity.holder !== null);
  // A wrong key is refused at once. None at all may still come.
  if (identity.isWrong) gate.admit(identity, 'KEY', GRAPHQL_PATH);
  return identity;
}
