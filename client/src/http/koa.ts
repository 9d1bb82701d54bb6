import type { IncomingMessage, ServerResponse } from 'node:http';
import { inContext } from '../context.ts';
import { beginNode } from './node.ts';
import { createRequestLog, type RequestLogOptions } from './request-log.ts';

/** What is used of Koa's context. */
export interface KoaContext {
  req: IncomingMessage;
  res: ServerResponse;
  /** Set by `@koa/router`. */
  _matchedRoute?: unknown;
}

/** Logs the requests of Koa, as its first middleware: `app.use(koaRequestLog({ log }))`. */
export function koaRequestLog<Context extends KoaContext = KoaContext>(
  options: RequestLogOptions<Context>,
): (context: Context, next: () => Promise<unknown>) => Promise<void> {
  const log = createRequestLog(options);
  return async (context, next) => {
    const exchange = beginNode(log, context.req, context.res, context);
    if (!exchange) return void (await next());
    exchange.routeOf = () => (typeof context._matchedRoute === 'string' ? context._matchedRoute : undefined);
    try {
      await inContext(exchange.ids, next);
    } catch (error) {
      exchange.error = error;
      throw error;
    }
  };
}
