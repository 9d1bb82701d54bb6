import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionArgs, GraphQLError, GraphQLFormattedError } from 'graphql';
import { CloseCode, type Context, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { Overloaded } from '../errors.ts';
import { keepDigits } from '../log/json.ts';
import { GRAPHQL_PATH, type Graphql } from './graphql.ts';
import { createOperations, type Operations } from './operations.ts';

export interface WebsocketDeps {
  graphql: Graphql;
  /** Browsers let any page open a websocket: whether a page of `origin` may, is decided here. */
  isOriginAllowed(origin: string | null, host: string | null): boolean;
}

const CONNECTION_INIT_MS = 10_000;
const PING_EVERY_MS = 12_000;
/** Operations that one socket may have under way. */
const OPERATIONS_MAX = 100;
/** When the server closes: how long subscriptions may take to complete, and then clients to hang up. */
const LAST_WORDS_MS = 1000;
const GOING_AWAY = 1001;

type Connection = Context<Record<string, unknown>, Operations>;

/** graphql-transport-ws on the path of GraphQL. Disposing it completes what runs and closes every socket with 1001. */
export function serveWebsocket(http: HttpServer, { graphql, isOriginAllowed }: WebsocketDeps): AsyncDisposable {
  const connections = new Set<Connection>();
  let closing = false;
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: graphql.bodyBytesMax,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  const protocol = makeServer<Record<string, unknown>, Operations>({
    connectionInitWaitTimeout: CONNECTION_INIT_MS,
    jsonMessageReviver: keepDigits,
    onConnect: (connection) => {
      connections.add(connection);
    },
    onClose: (connection) => {
      connections.delete(connection);
    },
    onSubscribe: (connection, id, payload) => {
      if (closing) return [graphql.mapError(new Overloaded('the server is closing'))];
      if (Object.keys(connection.subscriptions).length > OPERATIONS_MAX) {
        return [
          graphql.mapError(new Overloaded(`expected at most ${OPERATIONS_MAX} operations at once on one socket`)),
        ];
      }
      return prepare(graphql, payload, connection.extra.begin(id, connection.subscriptions));
    },
    onError: (_connection, _id, _payload, errors) => errors.map(withoutHttp),
    onNext: (_connection, _id, _payload, _args, { errors, ...result }) =>
      errors && { ...result, errors: errors.map(withoutHttp) },
    execute: (args) => (args.rootValue as Engine).execute(args),
    subscribe: (args) => (args.rootValue as Engine).subscribe(args),
  });

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { url, headers } = request;
    if (url?.split('?', 1)[0] !== GRAPHQL_PATH) refuse(socket, '404 Not Found');
    else if (!isOriginAllowed(headers.origin ?? null, headers.host ?? null)) refuse(socket, '403 Forbidden');
    else sockets.handleUpgrade(request, socket, head, (opened) => serveSocket(protocol, opened, graphql));
  };
  http.on('upgrade', onUpgrade);

  return {
    async [Symbol.asyncDispose]() {
      closing = true;
      await Promise.race([complete(connections), sleep(LAST_WORDS_MS, undefined, { ref: false })]);
      http.off('upgrade', onUpgrade);
      for (const socket of sockets.clients) socket.close(GOING_AWAY, 'the server is closing');
      for (const deadline = Date.now() + LAST_WORDS_MS; Date.now() < deadline && sockets.clients.size > 0; )
        await sleep(10);
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

/** Ends every subscription as if its source had ended, and waits until the clients were told. */
async function complete(connections: ReadonlySet<Connection>): Promise<void> {
  for (const { subscriptions } of connections) {
    for (const running of Object.values(subscriptions)) await (running as AsyncIterator<unknown> | null)?.return?.();
  }
  while (Array.from(connections).some(({ subscriptions }) => Object.keys(subscriptions).length > 0)) await sleep(5);
}

type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Operations>>;

type Engine = Pick<ReturnType<Graphql['getEnveloped']>, 'execute' | 'subscribe'>;

/** What an operation is executed with; the errors, where its document is refused. Through yoga, as over HTTP. */
async function prepare(
  { getEnveloped, mapError }: Graphql,
  params: SubscribePayload,
  left: AbortSignal,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    const { schema, parse, validate, contextFactory, execute, subscribe } = getEnveloped({ params, left });
    const document = parse(params.query);
    const errors = validate(schema, document);
    if (errors.length > 0) return errors as GraphQLError[];
    return {
      schema,
      document,
      operationName: params.operationName,
      variableValues: params.variables,
      contextValue: await contextFactory(),
      rootValue: { execute, subscribe } satisfies Engine,
    };
  } catch (error) {
    return [mapError(error)];
  }
}

/** What yoga notes for an HTTP status means nothing here. */
function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...told } = error.toJSON();
  const { http: _, ...facts } = extensions ?? {};
  return { ...told, extensions: facts };
}

/** Joins a socket to the protocol, and drops it once it answers no ping. */
function serveSocket(protocol: Protocol, socket: WebSocket, { log }: Graphql): void {
  const fail = (err: unknown): void => {
    log.error({ err }, 'a websocket failed');
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  };
  const operations = createOperations();
  let answered = true;
  const pinging = setInterval(() => {
    if (!answered) socket.terminate();
    else socket.ping();
    answered = false;
  }, PING_EVERY_MS);
  socket.on('pong', () => {
    answered = true;
  });
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (data) =>
        new Promise((resolve, reject) => {
          if (socket.readyState !== socket.OPEN) resolve();
          else socket.send(data, (error) => (error ? reject(error) : resolve()));
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) =>
        socket.on('message', (data) => {
          take(String(data)).catch(fail);
          operations.sweep();
        }),
    },
    operations,
  );
  // A broken frame or one that is too large; `ws` closes the socket by itself.
  socket.on('error', (err) => log.debug({ err }, 'a websocket broke'));
  socket.once('close', (code, reason) => {
    clearInterval(pinging);
    operations.end();
    closed(code, String(reason)).catch(fail);
  });
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
