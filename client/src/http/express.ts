import type { IncomingMessage, ServerResponse } from 'node:http';
import { inContext } from '../context.ts';
import { noteError } from './exchange.ts';
import { beginNode } from './node.ts';
import { createRequestLog, type RequestLogOptions } from './request-log.ts';

/** What is used of Express's request. */
export interface ExpressRequest extends IncomingMessage {
  originalUrl: string;
  /** Express sets it while it handles the request. */
  baseUrl?: string;
  route?: { path: unknown };
}

type Next = (error?: unknown) => void;

export interface ExpressRequestLog<Request> {
  /** The first middleware: `app.use(requests)`. */
  (request: Request, response: ServerResponse, next: Next): void;
  /** After all routes: `app.use(requests.errors)`. The records of failed requests have their errors then. */
  errors(error: unknown, request: Request, response: ServerResponse, next: Next): void;
}

/** Logs the requests of Express. */
export function expressRequestLog<Request extends ExpressRequest = ExpressRequest>(
  options: RequestLogOptions<Request>,
): ExpressRequestLog<Request> {
  const log = createRequestLog(options);
  const begin = (request: Request, response: ServerResponse, next: Next): void => {
    const exchange = beginNode(log, request, response, request, request.originalUrl);
    if (exchange) exchange.routeOf = () => routeOf(request);
    if (exchange) inContext(exchange.ids, next);
    else next();
  };
  const errors: ExpressRequestLog<Request>['errors'] = (error, request, _response, next) => {
    noteError(request, error);
    next(error);
  };
  return Object.assign(begin, { errors });
}

/**
 * The path of a route may also be an expression or a list, which are no template. After an error Express has forgotten where the
 * route's router is mounted: the path of the route is the whole template only if it has as many parts as the path of the request.
 */
function routeOf({ baseUrl, route, originalUrl }: ExpressRequest): string | undefined {
  const path = route?.path;
  if (typeof path !== 'string') return undefined;
  if (baseUrl) return `${baseUrl}${path}`;
  const isWhole = HAS_WILDCARD.test(path) || partsOf(path) === partsOf(originalUrl);
  return isWhole ? path : undefined;
}

const HAS_WILDCARD = /[*{(]/;
const partsOf = (url: string): number => url.replace(/\?.*/s, '').split('/').filter(Boolean).length;
