import type { Logger } from 'pino';
import { type Caller, callerAt } from '../access/caller.ts';
import { Internal, WeirError } from '../errors.ts';
import { shown } from '../log/shown.ts';
import type { AddressLimits } from './address-limits.ts';
import { setBrowserHeaders } from './browser-headers.ts';
import { errorResponse } from './error-response.ts';
import { corsHeaders, senderOf } from './origin.ts';
import { checkMethod, createRouter, type Route } from './route.ts';
import { checkSender, type Trust } from './trust.ts';

/** Never rejects: an error becomes a response. `address`: of the client, where it is known. */
export type Handle = (request: Request, address?: string) => Promise<Response>;

interface HandleDeps {
  routes: readonly Route[];
  trust: Trust;
  limits: AddressLimits;
  log: Logger;
  /** Told of every response. `route` is null where no route matched. */
  onResponse?: (route: Route | null, status: number, seconds: number) => void;
}

type OnFound = (route: Route) => void;

/** All of HTTP except the websocket: one function from a request to its response. */
export function createHandle({ routes, trust, limits, log, onResponse }: HandleDeps): Handle {
  const findRoute = createRouter(routes);

  return async (request, address) => {
    const startedAt = performance.now();
    let found: Route | null = null;
    const response = await respond(request, address, (route) => {
      found = route;
    });
    setBrowserHeaders(response);
    onResponse?.(found, response.status, (performance.now() - startedAt) / 1000);
    return response;
  };

  async function respond(request: Request, address: string | undefined, onFound: OnFound): Promise<Response> {
    const header = (name: string): string | null => request.headers.get(name);
    try {
      checkSender(senderOf(request.method, header), trust);
    } catch (err) {
      return errorOf(err, request);
    }
    const response = await route(request, address, onFound).catch((err) => errorOf(err, request));
    const origin = header('origin');
    return origin === null
      ? response
      : withHeaders(response, corsHeaders(origin, header('access-control-request-headers')));
  }

  async function route(request: Request, address: string | undefined, onFound: OnFound): Promise<Response> {
    const caller: Caller = callerAt(address);
    if (caller.apiKey === null) limits.check(request, address);
    const { pathname } = new URL(request.url);
    const found = findRoute(pathname);
    onFound(found);
    if (isPreflight(request)) return new Response(null, { status: 204 });
    checkMethod(found, request.method, pathname);
    if (request.method !== 'HEAD') return found.handle(request, caller);
    return withoutBody(await found.handle(asGet(request), caller));
  }

  function errorOf(err: unknown, { url }: Request): Response {
    if (err instanceof WeirError) return errorResponse(err);
    log.error({ err, url: shown(url) }, 'a request failed');
    return errorResponse(new Internal());
  }
}

const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('access-control-request-method');

/** The response to HEAD is that to GET without its body (RFC 9110, 9.3.2). */
const asGet = (request: Request): Request => {
  const { url, headers, signal } = request;
  // The class of the request: Node's own does not take the signal of another one.
  return new (request.constructor as typeof Request)(url, { method: 'GET', headers, signal });
};

/** Cancels the body: it may be an event stream. */
async function withoutBody({ body, status, headers }: Response): Promise<Response> {
  await body?.cancel();
  return new Response(null, { status, headers });
}

function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'vary') response.headers.append(name, value);
    else response.headers.set(name, value);
  }
  return response;
}
