import type { IncomingMessage, ServerResponse } from 'node:http';
import { inContext } from '../context.ts';
import { Exchange } from './exchange.ts';
import { fetchIncoming, fetchOutcome } from './fetch-request.ts';
import { beginNode } from './node.ts';
import { idHeaders } from './request-ids.ts';
import { createRequestLog, type RequestLogOptions } from './request-log.ts';

/** What is used of Hono's context. `env` has the objects of Node under `@hono/node-server`. */
export interface HonoContext {
  req: { raw: Request; routePath: string };
  res: Response;
  env: unknown;
  error?: Error | undefined;
  header(name: string, value: string): void;
}

interface NodeEnv {
  incoming?: IncomingMessage;
  outgoing?: ServerResponse;
}

/**
 * Logs the requests of Hono, as its first middleware: `app.use(honoRequestLog({ log }))`. Under `@hono/node-server` a record is
 * written when the response closes; elsewhere when the response is made, because nothing tells of its end there.
 */
export function honoRequestLog<Context extends HonoContext = HonoContext>(
  options: RequestLogOptions<Context>,
): (context: Context, next: () => Promise<void>) => Promise<void> {
  const log = createRequestLog(options);
  return async (context, next) => {
    const { incoming, outgoing } = (context.env ?? {}) as NodeEnv;
    const isNode = incoming !== undefined && outgoing !== undefined;
    const exchange = isNode
      ? beginNode(log, incoming, outgoing, context)
      : new Exchange(log, fetchIncoming(context.req.raw), context);
    if (!exchange) return next();
    try {
      await inContext(exchange.ids, next);
      if (context.error) exchange.error = context.error;
    } finally {
      const route = routeOf(context);
      exchange.routeOf = () => route;
    }
    if (isNode) return;
    for (const [name, value] of idHeaders(exchange.ids)) context.header(name, value);
    exchange.end(fetchOutcome(context.req.raw, context.res));
  };
}

/** After the handlers it is the path of the last one that ran: `*` where that was a middleware, because no route was found. */
function routeOf({ req }: HonoContext): string | undefined {
  return /^\/?\*$/.test(req.routePath) ? undefined : req.routePath;
}
