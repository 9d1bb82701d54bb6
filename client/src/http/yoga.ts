import type { IncomingMessage, ServerResponse } from 'node:http';
import { inContext } from '../context.ts';
import { Exchange, exchangeOf, setExchange } from './exchange.ts';
import { fetchIncoming, fetchOutcome } from './fetch-request.ts';
import { errorsOf, operationFields, unexpectedError } from './graphql-operation.ts';
import { beginNode } from './node.ts';
import { idHeaders } from './request-ids.ts';
import { createRequestLog, type RequestLogOptions } from './request-log.ts';
import { isStream, streamInContext } from './stream-in-context.ts';

/** What is used of the payloads of graphql-yoga's hooks. `serverContext` has the objects of Node under `node:http`. */
interface ServerContext {
  req?: IncomingMessage;
  res?: ServerResponse;
}
type Handle = (request: Request, context: never) => Response | Promise<Response>;
interface OnRequest {
  request: Request;
  serverContext: ServerContext;
  requestHandler: Handle;
  setRequestHandler(handle: Handle): void;
}
interface OnResponse {
  request: Request;
  serverContext: ServerContext;
  response: Response;
}
interface OnOperation {
  args: { document: unknown; operationName?: string | null | undefined; contextValue: { request: Request } };
}
interface OnResult {
  request: Request;
  result: unknown;
  setResult(result: never): void;
}

export interface YogaRequestLog {
  onRequest(payload: OnRequest): void;
  onResponse(payload: OnResponse): void;
  onExecute(payload: OnOperation): { onExecuteDone(payload: { result: unknown }): void };
  onSubscribe(payload: OnOperation): void;
  onExecutionResult(payload: OnResult): void;
}

/**
 * Logs the requests of graphql-yoga, as its first plugin: `plugins: [yogaRequestLog({ log })]`. Inside a framework that is
 * logged too, it adds to the record of that one. The record has the operation under `graphql`. The first error that is no
 * `GraphQLError`, which Yoga masks, is the error of the record; then its level is error, though the status may be 200.
 */
export function yogaRequestLog(options: RequestLogOptions<Request>): YogaRequestLog {
  const log = createRequestLog(options);

  function begin(request: Request, { req, res }: ServerContext): Exchange<unknown> {
    if (!req || !res) return new Exchange(log, fetchIncoming(request), request);
    return beginNode(log, req, res, request) ?? exchangeOf(req)!;
  }

  return {
    onRequest({ request, serverContext, requestHandler, setRequestHandler }) {
      const exchange = begin(request, serverContext);
      setExchange(request, exchange);
      setRequestHandler((handled, context) => inContext(exchange.ids, requestHandler, handled, context));
    },
    onResponse({ request, serverContext, response }) {
      const exchange = exchangeOf(request);
      if (!exchange || serverContext.res) return;
      for (const [name, value] of idHeaders(exchange.ids)) response.headers.set(name, value);
      exchange.end(fetchOutcome(request, response));
    },
    onExecute({ args }) {
      noteOperation(args);
      return { onExecuteDone: ({ result }) => noteUnexpected(args.contextValue.request, unexpectedError(result)) };
    },
    onSubscribe: ({ args }) => noteOperation(args),
    onExecutionResult({ request, result, setResult }) {
      const errors = errorsOf(result).length;
      if (errors > 0) noteGraphql(request, { errors });
      const exchange = exchangeOf(request);
      if (exchange && isStream(result)) setResult(streamInContext(exchange.ids, result) as never);
    },
  };
}

const noteOperation = ({ document, operationName, contextValue }: OnOperation['args']): void =>
  noteGraphql(contextValue.request, operationFields(document, operationName));

function noteGraphql(request: Request, fields: object): void {
  const exchange = exchangeOf(request);
  if (exchange) exchange.more = { graphql: { ...(exchange.more?.graphql as object | undefined), ...fields } };
}

function noteUnexpected(request: Request, error: unknown): void {
  const exchange = exchangeOf(request);
  if (!exchange || error === undefined) return;
  exchange.error = error;
  exchange.isFailed = true;
}
