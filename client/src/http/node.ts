import type { IncomingMessage, ServerResponse } from 'node:http';
import { inContext } from '../context.ts';
import { Exchange, exchangeOf, setExchange } from './exchange.ts';
import { idHeaders } from './request-ids.ts';
import { createRequestLog, type RequestLog, type RequestLogOptions } from './request-log.ts';

export interface NodeRequestLogOptions extends RequestLogOptions<IncomingMessage> {
  /** The template of the request's path, such as `/orders/:id`. Called at its end. */
  route?: (request: IncomingMessage) => string | undefined;
}

type Handler<Answer> = (request: IncomingMessage, response: ServerResponse) => Answer;

/** Logs the requests of `node:http`: `createServer(nodeRequestLog({ log })(handler))`. */
export function nodeRequestLog(options: NodeRequestLogOptions): <Answer>(handler: Handler<Answer>) => Handler<Answer> {
  const log = createRequestLog(options);
  const routeOf = options.route;
  return (handler) => (request, response) => {
    const exchange = beginNode(log, request, response, request);
    if (!exchange) return handler(request, response);
    if (routeOf) exchange.routeOf = () => routeOf(request);
    try {
      const answer = inContext(exchange.ids, handler, request, response);
      return answer instanceof Promise ? (noted(exchange, answer) as typeof answer) : answer;
    } catch (error) {
      exchange.error = error;
      throw error;
    }
  };
}

/** The same promise for the caller: a rejection stays one. */
const noted = (exchange: Exchange<unknown>, answer: Promise<unknown>): Promise<unknown> =>
  answer.catch((error) => {
    exchange.error = error;
    throw error;
  });

/** As nginx logs it: the client left before the response had a status. */
const CLIENT_LEFT = 499;

/**
 * Begins a request of `node:http`, and of all frameworks above it. Its record is written when the response closes. Undefined
 * for a request that another part logs already.
 * @param request what `userId` of the options is given
 */
export function beginNode<Request>(
  log: RequestLog<Request>,
  message: IncomingMessage,
  response: ServerResponse,
  request: Request,
  url = message.url ?? '',
): Exchange<Request> | undefined {
  if (exchangeOf(message)) return undefined;
  const { socket, headers } = message;
  const incoming = {
    method: message.method ?? '',
    url,
    remoteAddress: socket.remoteAddress,
    header: (name: string) => headers[name]?.toString(),
  };
  const exchange = new Exchange(log, incoming, request);
  setExchange(message, exchange);
  if (!response.headersSent) for (const [name, value] of idHeaders(exchange.ids)) response.setHeader(name, value);
  if (hasBody(message)) keepContext(message, exchange);
  const bytesBefore = socket.bytesWritten;
  response.on('close', () => {
    const isAborted = !response.writableFinished;
    exchange.end({
      status: isAborted && !response.headersSent ? CLIENT_LEFT : response.statusCode,
      bytesSent: socket.bytesWritten - bytesBefore,
      isAborted,
    });
  });
  return exchange;
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Node emits the events of a body outside of the request's context: `request.on('end', () => log.info(...))`. */
function keepContext(message: IncomingMessage, { ids }: Exchange<unknown>): void {
  const { emit } = message;
  message.emit = ((...args: Parameters<typeof emit>) => inContext(ids, () => emit.apply(message, args))) as typeof emit;
}
