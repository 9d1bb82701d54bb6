import type { Caller } from '../access/caller.ts';
import { MethodNotAllowed, RouteNotFound } from '../errors.ts';
import { shown } from '../log/shown.ts';

export type RouteHandler = (request: Request, caller: Caller) => Response | Promise<Response>;

/**
 * One path, or all paths that begin with `prefix`. A path wins over a prefix, a longer prefix over a shorter one. A path may
 * end with one more slash. A route for GET takes HEAD too: its handler gets GET, and the body of its response is left out.
 */
export type Route = ({ path: string } | { prefix: string }) & { methods: readonly string[]; handle: RouteHandler };

/** What a route is called in messages and metrics. */
export const routeName = (route: Route): string => ('path' in route ? route.path : `${route.prefix}...`);

/**
 * Finds the route of a request by its path. Checks apply to the route that was found, never to the path again.
 * @throws RouteNotFound
 */
export type FindRoute = (pathname: string) => Route;

export function createRouter(routes: readonly Route[]): FindRoute {
  const byPath = new Map(routes.flatMap((route) => ('path' in route ? [[route.path, route]] : [])));
  const byPrefix = routes.filter((route) => 'prefix' in route).toSorted((a, b) => b.prefix.length - a.prefix.length);
  const known = routes.map(routeName).join(', ');
  return (pathname) => {
    const route =
      byPath.get(pathname) ??
      byPath.get(withoutSlash(pathname)) ??
      byPrefix.find(({ prefix }) => pathname.startsWith(prefix));
    if (!route) throw new RouteNotFound(`expected one of ${known}, got ${shown(pathname)}`);
    return route;
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
