import type { Logger } from 'pino';
import { callerAt } from '../access/caller.ts';
import { Internal, OriginNotAllowed, WeirError } from '../errors.ts';
import { errorResponse } from './error-response.ts';
import { corsHeaders, isOriginAllowed, type Origins, originOf } from './origin.ts';
import { checkMethod, createRouter, type Route } from './route.ts';

/** `address`: of the client, where it is known. */
export type Handle = (request: Request, address?: string) => Promise<Response>;

interface HandleDeps {
  routes: readonly Route[];
  origins: Origins;
  log: Logger;
}

/** All of HTTP except the websocket: one function from a request to its response. */
export function createHandle({ routes, origins, log }: HandleDeps): Handle {
  const findRoute = createRouter(routes);

  return async (request, address) => {
    const origin = request.headers.get('origin');
    if (!isOriginAllowed(originOf(request.headers), request.headers.get('host'), origins)) {
      return errorResponse(
        new OriginNotAllowed(`expected a page of this server or an origin in ALLOW_ORIGINS, got ${origin}`),
      );
    }
    const response = await respond(request, address);
    return origin === null ? response : withHeaders(response, corsHeaders(origin));
  };

  async function respond(request: Request, address: string | undefined): Promise<Response> {
    const { pathname } = new URL(request.url);
    try {
      const route = findRoute(pathname);
      if (isPreflight(request)) return new Response(null, { status: 204 });
      checkMethod(route, request.method, pathname);
      return await route.handle(request, callerAt(address));
    } catch (err) {
      if (err instanceof WeirError) return errorResponse(err);
      log.error({ err, path: pathname }, 'a request failed');
      return errorResponse(new Internal());
    }
  }
}

const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('access-control-request-method');

function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'vary') response.headers.append(name, value);
    else response.headers.set(name, value);
  }
  return response;
}
