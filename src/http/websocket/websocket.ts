import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionArgs, type GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import { CloseCode, type Context, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { ANYONE, type Caller } from '../../access/caller.ts';
import type { SocketLimits } from '../../config.ts';
import { BadUserInput, Overloaded, QueryTooComplex } from '../../errors.ts';
import { isWithin, waitUntil } from '../../timing/time-limit.ts';
import { type ActiveCount, createActiveCount } from '../active-count.ts';
import { GRAPHQL_PATH, type Graphql } from '../graphql/graphql.ts';
import { checkedJson } from '../graphql/request-json.ts';
import { errorPayload, resultPayload, sendResults } from './result-messages.ts';
import { LIMIT_CODES, linkSocket, type SocketLink } from './socket-link.ts';
import { createSocketOperations, type SocketOperations } from './socket-operations.ts';

interface WebsocketDeps {
  graphql: Graphql;
  limits: SocketLimits;
  stallTimeoutMs: number;
  /** Browsers let any page open a websocket to any server, so the server must check the page's origin. */
  isOriginAllowed(origin: string | null, host: string | null): boolean;
}

/** When the server closes: time for subscriptions to complete, and then time for clients to confirm that a socket closes. */
const CLOSE_STEP_MS = 1000;

/** The state of one socket. */
interface Client {
  caller: Caller;
  socket: WebSocket;
  link: SocketLink;
  subscriptions: ActiveCount;
  operations: SocketOperations;
}

type Connection = Context<Record<string, unknown>, Client>;

/** graphql-transport-ws on the path of GraphQL. Disposing it completes all operations and closes every socket with 1001. */
export function serveWebsocket(
  http: HttpServer,
  { graphql, limits, stallTimeoutMs, isOriginAllowed }: WebsocketDeps,
): AsyncDisposable {
  const connections = new Set<Connection>();
  let closing = false;
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
    if (closing) return new Overloaded('the server is closing');
    const { operationsMax, subscriptionsMax } = limits;
    const closeSocket = (code: number, expected: string): Overloaded => {
      extra.socket.close(code, expected);
      return new Overloaded(expected);
    };
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

  const protocol = makeServer<Record<string, unknown>, Client>({
    connectionInitWaitTimeout: limits.initTimeoutMs,
    onConnect: (connection) => {
      connections.add(connection);
    },
    onClose: (connection) => {
      connections.delete(connection);
    },
    onSubscribe: async (connection, id, payload) => {
      const tooMany = overLimit(connection, false);
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
    const { url, headers } = request;
    if (url?.split('?', 1)[0] !== GRAPHQL_PATH) reject(socket, '404 Not Found');
    else if (!isOriginAllowed(headers.origin ?? null, headers.host ?? null)) reject(socket, '403 Forbidden');
    else sockets.handleUpgrade(request, socket, head, (opened) => serve(opened, request.socket));
  };
  http.on('upgrade', onUpgrade);

  /** Connects an open socket to the protocol. */
  function serve(socket: WebSocket, raw: Socket): void {
    const operations = createSocketOperations();
    const link = linkSocket(socket, raw, { keepAliveMs: limits.keepAliveMs, stallTimeoutMs });
    const fail = (err: unknown): void => {
      graphql.log.error({ err }, 'a websocket failed');
      socket.close(CloseCode.InternalServerError, 'Internal server error');
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
            take(message).catch(fail);
            operations.sweep();
          }),
      },
      { caller: ANYONE, socket, link, subscriptions: createActiveCount(), operations },
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
      await isWithin(complete(connections, graphql), CLOSE_STEP_MS);
      http.off('upgrade', onUpgrade);
      for (const socket of sockets.clients) socket.close(LIMIT_CODES.goingAway, 'the server is closing');
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

/** Ends every subscription as if its source had ended, and waits until `complete` was sent to the clients. */
async function complete(connections: ReadonlySet<Connection>, { subscriptions }: Graphql): Promise<void> {
  await subscriptions.complete();
  while (Array.from(connections).some((connection) => Object.keys(connection.subscriptions).length > 0)) await sleep(5);
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
      if (Symbol.asyncIterator in results) return sendResults(results as never, id, client.link.send, leave);
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
      caller: extra.caller,
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

function reject(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  // A half-closed socket would stay open for as long as the client wants.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
