import type { Logger } from 'pino';
import { Overloaded } from '../errors.ts';
import type { HealthMonitor } from '../health/monitor.ts';
import { corsHeaders, isOriginAllowed, type Origins, originOf } from './origin.ts';

export type Handle = (request: Request) => Response | Promise<Response>;

interface HandleDeps {
  graphql: Handle;
  ingest: Handle;
  health: HealthMonitor;
  origins: Origins;
  log: Logger;
  /** True once the server is closing: it takes nothing in any more. */
  isClosing(): boolean;
}

/** All of HTTP but the websocket: one function from a request to its answer. */
export function createHandle({ graphql, ingest, health, origins, log, isClosing }: HandleDeps): Handle {
  const routes: Record<string, { methods: string[]; handle: Handle }> = {
    '/': {
      methods: ['GET', 'HEAD'],
      handle: () => new Response(null, { status: 302, headers: { location: '/graphql' } }),
    },
    '/graphql': { methods: ['GET', 'POST'], handle: graphql },
    '/ingest': { methods: ['POST'], handle: (request) => (isClosing() ? closing() : ingest(request)) },
    '/healthz': { methods: ['GET', 'HEAD'], handle: () => new Response('ok\n') },
    '/readyz': { methods: ['GET', 'HEAD'], handle: () => readiness(health, isClosing()) },
  };

  return async (request) => {
    const origin = request.headers.get('origin');
    if (!isOriginAllowed(originOf(request.headers), request.headers.get('host'), origins)) {
      return refuse(
        403,
        'ORIGIN_NOT_ALLOWED',
        `expected a page of this server or an origin in ALLOW_ORIGINS, got ${origin}`,
      );
    }
    const answer = await answerOf(request);
    return origin === null ? answer : withHeaders(answer, corsHeaders(origin));
  };

  async function answerOf(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) return refuse(404, 'NOT_FOUND', `expected one of ${Object.keys(routes).join(', ')}, got ${pathname}`);
    if (request.method === 'OPTIONS' && request.headers.has('access-control-request-method')) {
      return new Response(null, { status: 204 });
    }
    if (!route.methods.includes(request.method)) {
      const allow = route.methods.join(', ');
      return refuse(405, 'METHOD_NOT_ALLOWED', `${pathname}: expected ${allow}, got ${request.method}`, { allow });
    }
    try {
      return await route.handle(request);
    } catch (err) {
      log.error({ err, path: pathname }, 'a request failed');
      return refuse(500, 'INTERNAL', 'something went wrong in the server: its log says more');
    }
  }
}

const closing = (): Response => {
  const { code, message, retryAfterSeconds } = new Overloaded('the server is closing');
  return refuse(503, code, message, { 'retry-after': String(retryAfterSeconds) });
};

async function readiness(health: HealthMonitor, isClosing: boolean): Promise<Response> {
  const { status, problems } = await health.read();
  const ready = status !== 'UNHEALTHY' && !isClosing;
  return Response.json({ status, problems, closing: isClosing }, { status: ready ? 200 : 503 });
}

const refuse = (status: number, code: string, message: string, headers: Record<string, string> = {}): Response =>
  Response.json({ error: { code, message } }, { status, headers });

function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'vary') response.headers.append(name, value);
    else response.headers.set(name, value);
  }
  return response;
}
