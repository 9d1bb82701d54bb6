import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionArgs, type GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import { CloseCode, type Context, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { SocketLimits } from '../../config.ts';
import { BadUserInput, Overloaded } from '../../errors.ts';
import { keepDigits } from '../../log/json.ts';
import { isWithin, waitUntil } from '../../timing/time-limit.ts';
import { GRAPHQL_PATH, type Graphql } from '../graphql/graphql.ts';
import { createHeadcount, type Headcount } from '../headcount.ts';
import { sendResults, told, withoutHttp } from './next-messages.ts';
import { createOperations, type Operations } from './operations.ts';
import { LIMIT_CODES, type Link, linkSocket } from './socket-link.ts';

interface WebsocketDeps {
  graphql: Graphql;
  limits: SocketLimits;
  stallTimeoutMs: number;
  /** Browsers let any page open a websocket: whether a page of `origin` may, is decided here. */
  isOriginAllowed(origin: string | null, host: string | null): boolean;
}

/** How long a client has to answer that its socket is closed; and when the server closes, before it, subscriptions to complete. */
const LAST_WORDS_MS = 1000;

/** What belongs to one socket. */
interface Client {
  socket: WebSocket;
  link: Link;
  subscriptions: Headcount;
  operations: Operations;
}

type Connection = Context<Record<string, unknown>, Client>;

/** graphql-transport-ws on the path of GraphQL. Disposing it completes what runs and closes every socket with 1001. */
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
    closeTimeout: LAST_WORDS_MS,
    handleProtocols: (protocols) => handleProtocols(protocols),
  };
  const sockets = new WebSocketServer(options);

  /** Past a limit the socket is closed: who runs into one has lost count, and its client begins anew. */
  function refuseOperation({ extra, subscriptions }: Connection, isSubscription: boolean): Overloaded | undefined {
    if (closing) return new Overloaded('the server is closing');
    const { operationsMax, subscriptionsMax } = limits;
    const past = (code: number, expected: string): Overloaded => {
      extra.socket.close(code, expected);
      return new Overloaded(expected);
    };
    if (Object.keys(subscriptions).length > operationsMax) {
      return past(LIMIT_CODES.tooMany, `expected at most ${operationsMax} operations at once`);
    }
    if (!isSubscription) return undefined;
    if (extra.subscriptions.count >= subscriptionsMax) {
      return past(LIMIT_CODES.tooMany, `expected at most ${subscriptionsMax} subscriptions on a socket`);
    }
    return graphql.subscriptions.isFull
      ? past(LIMIT_CODES.tryAgainLater, 'this server has as many subscriptions as it may')
      : undefined;
  }

  const protocol = makeServer<Record<string, unknown>, Client>({
    connectionInitWaitTimeout: limits.initTimeoutMs,
    jsonMessageReviver: keepDigits,
    onConnect: (connection) => {
      connections.add(connection);
    },
    onClose: (connection) => {
      connections.delete(connection);
    },
    onSubscribe: async (connection, id, payload) => {
      const tooMany = refuseOperation(connection, false);
      if (tooMany) return [graphql.mapError(tooMany)];
      const left = connection.extra.operations.begin(id, connection.subscriptions);
      const args = await prepare(graphql, payload, left, (engine) => tellingItself(engine, connection.extra, id));
      const refusal = 'document' in args && isSubscription(args) ? refuseOperation(connection, true) : undefined;
      return refusal ? [graphql.mapError(refusal)] : args;
    },
    onError: (_connection, _id, _payload, errors) => errors.map(withoutHttp),
    onNext: (_connection, _id, _payload, _args, result) => (result.errors ? told(result) : undefined),
    execute: (args) => (args.rootValue as Engine).execute(args),
    subscribe: (args) => (args.rootValue as Engine).subscribe(args),
  });

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { url, headers } = request;
    if (url?.split('?', 1)[0] !== GRAPHQL_PATH) refuse(socket, '404 Not Found');
    else if (!isOriginAllowed(headers.origin ?? null, headers.host ?? null)) refuse(socket, '403 Forbidden');
    else sockets.handleUpgrade(request, socket, head, (opened) => serve(opened, request.socket));
  };
  http.on('upgrade', onUpgrade);

  /** Joins a socket to the protocol. */
  function serve(socket: WebSocket, raw: Socket): void {
    const operations = createOperations();
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
            take(text).catch(fail);
            operations.sweep();
          }),
      },
      { socket, link, subscriptions: createHeadcount(), operations },
    );
    // A broken frame or one that is too large; `ws` closes the socket by itself.
    socket.on('error', (err) => graphql.log.debug({ err }, 'a websocket broke'));
    socket.once('close', (code, reason) => {
      operations.end();
      closed(code, String(reason)).catch(fail);
    });
  }

  return {
    async [Symbol.asyncDispose]() {
      closing = true;
      await isWithin(complete(connections, graphql), LAST_WORDS_MS);
      http.off('upgrade', onUpgrade);
      for (const socket of sockets.clients) socket.close(LIMIT_CODES.goingAway, 'the server is closing');
      await waitUntil(() => sockets.clients.size === 0, { everyMs: 10, withinMs: LAST_WORDS_MS });
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

/** Ends every subscription as if its source had ended, and waits until the clients were told. */
async function complete(connections: ReadonlySet<Connection>, { subscriptions }: Graphql): Promise<void> {
  await subscriptions.complete();
  while (Array.from(connections).some((connection) => Object.keys(connection.subscriptions).length > 0)) await sleep(5);
}

type Engine = Pick<ReturnType<Graphql['getEnveloped']>, 'execute' | 'subscribe'>;

const isSubscription = ({ document, operationName }: ExecutionArgs): boolean =>
  getOperationAST(document, operationName)?.operation === OperationTypeNode.SUBSCRIPTION;

/** A subscription's results go straight to its client. */
const tellingItself = ({ execute, subscribe }: Engine, client: Client, id: string): Engine => ({
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

/** What an operation is executed with; the errors, where its document is refused. Through yoga, as over HTTP. */
async function prepare(
  { getEnveloped, mapError }: Graphql,
  params: SubscribePayload,
  left: AbortSignal,
  withEngine: (engine: Engine) => Engine,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    const { schema, parse, validate, contextFactory, execute, subscribe } = getEnveloped({ params, left });
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
      rootValue: withEngine({ execute, subscribe }),
    };
  } catch (error) {
    return [mapError(error)];
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  // Half-closed it would stay for as long as the other side likes.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
