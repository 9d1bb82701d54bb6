import type { Logger } from 'pino';
import type { Caller } from '../access/caller.ts';
import { Internal, RouteNotFound, WeirError } from '../errors.ts';
import { shown } from '../log/shown.ts';
import type { AddressLimits } from './address-limits.ts';
import { setBrowserHeaders } from './browser-headers.ts';
import { errorResponse } from './error-response.ts';
import type { Gate, Identity } from './gate.ts';
import { corsHeaders, senderOf } from './origin.ts';
import { checkMethod, createRouter, needOf, type Route } from './route.ts';
import { mayUseSession } from './session-route.ts';
import { checkSender, type Trust } from './trust.ts';

/** Never rejects: an error becomes a response. `address`: of the client, where it is known. */
export type Handle = (request: Request, address?: string) => Promise<Response>;

interface HandleDeps {
  routes: readonly Route[];
  trust: Trust;
  gate: Gate;
  limits: AddressLimits;
  log: Logger;
  /** Called with every response. `route` is null where no route matched. */
  onResponse?: (route: Route | null, status: number, seconds: number) => void;
}

type OnFound = (route: Route) => void;

/** All of HTTP except the websocket: one function from a request to its response. */
export function createHandle({ routes, trust, gate, limits, log, onResponse }: HandleDeps): Handle {
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
    const found = findRoute(new URL(request.url).pathname);
    const takesSession = 'takesSession' in found && mayUseSession(request.method, header, trust.tls);
    let identity: Identity;
    try {
      identity = await gate.identify({ header, headerNames: request.headers.keys(), address, takesSession });
      gate.checkDirect(identity);
      if (identity.holder === null) limits.check(request, address, header);
      checkSender(senderOf(request.method, header), trust, identity.holder !== null);
    } catch (err) {
      return errorOf(err, request);
    }
    const response = await route(request, identity, onFound).catch((err) => errorOf(err, request));
    const origin = header('origin');
    return origin === null
      ? response
      : withHeaders(response, corsHeaders(origin, header('access-control-request-headers')));
  }

  async function route(request: Request, identity: Identity, onFound: OnFound): Promise<Response> {
    const { pathname } = new URL(request.url);
    const found = findRoute(pathname);
    if (found instanceof RouteNotFound) {
      gate.admit(identity, 'KEY', shown(pathname));
      throw found;
    }
    onFound(found);
    // A browser sends it without a key. The response says nothing but that pages may ask.
    if (isPreflight(request)) return new Response(null, { status: 204 });
    let caller: Caller;
    try {
      caller = gate.admit(identity, needOf(found, request), shown(pathname));
    } catch (error) {
      if (found.refuse && error instanceof WeirError) return found.refuse(error);
      throw error;
    }
    checkMethod(found, request.method, pathname);
    if (request.method !== 'HEAD') return found.handle(request, caller);
    return withoutBody(await found.handle(asGet(request), caller));
  }

  function errorOf(err: unknown, request: Request): Response {
    const isKnown = err instanceof WeirError;
    if (!isKnown) log.error({ err, url: shown(request.url) }, 'a request failed');
    const found = findRoute(new URL(request.url).pathname);
    const respond = found instanceof RouteNotFound ? errorResponse : (found.errorResponse ?? errorResponse);
    return respond(isKnown ? err : new Internal(), request);
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
