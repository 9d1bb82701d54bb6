import type { Caller } from '../access/caller.ts';
import { type Need, ROUTE_NEEDS } from '../access/rights.ts';
import { MethodNotAllowed, RouteNotFound, type WeirError } from '../errors.ts';
import { shown } from '../log/shown.ts';

export type RouteHandler = (request: Request, caller: Caller) => Response | Promise<Response>;

/**
 * One path, or all paths that begin with `prefix`, or all of a `pattern`, which stands under a name. A path wins over a prefix, a
 * longer prefix over a shorter one, and both over a pattern. A path may end with one more slash. A route for GET takes HEAD too:
 * its handler gets GET, and the body of its response is left out.
 */
export type Route = ({ path: string } | { prefix: string } | { pattern: RegExp; name: string }) & {
  methods: readonly string[];
  handle: RouteHandler;
  /** Whether a request needs no key, though others of this route do. */
  isOpen?: (request: Request) => boolean;
  /** The cookie of a session counts. Without this, only a key does. */
  takesSession?: true;
  /** The response to a client that is not let in, where the protocol of the route has a form for it. */
  refuse?: (error: WeirError) => Response;
  /** The response to every error of a request for this route, where its protocol has a form of its own. */
  errorResponse?: (error: WeirError, request: Request) => Response;
};

/** Finds the route of a request by its path. Checks apply to the route that was found, never to the path again. */
export type FindRoute = (pathname: string) => Route | RouteNotFound;

/** What a request needs, by the one table of rights. */
export const needOf = (route: Route, request: Request): Need =>
  route.isOpen?.(request) ? 'NOTHING' : (ROUTE_NEEDS[pathOf(route)] ?? 'ADMIN');

export const pathOf = (route: Route): string =>
  'path' in route ? route.path : 'prefix' in route ? route.prefix : route.name;

/** What a route is called in messages and metrics. */
export const routeName = (route: Route): string => ('prefix' in route ? `${route.prefix}...` : pathOf(route));

export function createRouter(routes: readonly Route[]): FindRoute {
  const byPath = new Map(routes.flatMap((route) => ('path' in route ? [[route.path, route]] : [])));
  const byPrefix = routes.filter((route) => 'prefix' in route).toSorted((a, b) => b.prefix.length - a.prefix.length);
  const byPattern = routes.filter((route) => 'pattern' in route);
  const known = routes.map(routeName).join(', ');
  return (pathname) => {
    return (
      byPath.get(pathname) ??
      byPath.get(withoutSlash(pathname)) ??
      byPrefix.find(({ prefix }) => pathname.startsWith(prefix)) ??
      byPattern.find(({ pattern }) => pattern.test(pathname)) ??
      new RouteNotFound(`expected one of ${known}, got ${shown(pathname)}`)
    );
  };
}

/** The path of a route, for a path that may end with one more slash. */
export const withoutSlash = (pathname: string): string => pathname.replace(/(?<=.)\/$/, '');

/** @throws MethodNotAllowed */
export function checkMethod({ methods }: Route, method: string, pathname: string): void {
  if (methods.includes(method === 'HEAD' ? 'GET' : method)) return;
  const allowed = (methods.includes('GET') ? ['HEAD', ...methods] : methods).join(', ');
  throw new MethodNotAllowed(`${shown(pathname)}: expected ${allowed}, got ${method}`, allowed);
}
