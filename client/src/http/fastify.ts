import type { IncomingMessage, ServerResponse } from 'node:http';
import { inContext } from '../context.ts';
import { noteError } from './exchange.ts';
import { beginNode } from './node.ts';
import { createRequestLog, type RequestLogOptions } from './request-log.ts';

/** What is used of Fastify's request, reply and instance. */
export interface FastifyRequest {
  raw: IncomingMessage;
  routeOptions: { url?: string | undefined };
}
interface Reply {
  raw: ServerResponse;
}
type Done = () => void;
interface Instance<Request> {
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply, done: Done) => void): unknown;
  addHook(name: 'onError', hook: (request: Request, reply: Reply, error: Error, done: Done) => void): unknown;
}

/** Logs the requests of Fastify: `app.register(fastifyRequestLog({ log }))`. */
export function fastifyRequestLog<Request extends FastifyRequest = FastifyRequest>(
  options: RequestLogOptions<Request>,
): (instance: Instance<Request>, pluginOptions: unknown, done: Done) => void {
  const log = createRequestLog(options);
  const plugin = (instance: Instance<Request>, _pluginOptions: unknown, done: Done): void => {
    instance.addHook('onRequest', (request, reply, next) => {
      const exchange = beginNode(log, request.raw, reply.raw, request);
      if (!exchange) return next();
      exchange.routeOf = () => request.routeOptions.url;
      inContext(exchange.ids, next);
    });
    instance.addHook('onError', (request, _reply, error, next) => {
      noteError(request.raw, error);
      next();
    });
    done();
  };
  // As `fastify-plugin` does it: the hooks are for the routes of the whole application, not of this plugin alone.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
