import type { Caller } from '../access/caller.ts';
import { MethodNotAllowed, RouteNotFound } from '../errors.ts';

export type RouteHandler = (request: Request, caller: Caller) => Response | Promise<Response>;

/** One path, or all paths that begin with `prefix`. A path wins over a prefix, a longer prefix over a shorter one. */
export type Route = ({ path: string } | { prefix: string }) & { methods: readonly string[]; handle: RouteHandler };

/**
 * Finds the route of a request by its path. Checks apply to the route that was found, never to the path again.
 * @throws RouteNotFound
 */
export type FindRoute = (pathname: string) => Route;

export function createRouter(routes: readonly Route[]): FindRoute {
  const byPath = new Map(routes.flatMap((route) => ('path' in route ? [[route.path, route]] : [])));
  const byPrefix = routes.filter((route) => 'prefix' in route).toSorted((a, b) => b.prefix.length - a.prefix.length);
  const known = routes.map((route) => ('path' in route ? route.path : `${route.prefix}...`)).join(', ');
  return (pathname) => {
    const route = byPath.get(pathname) ?? byPrefix.find(({ prefix }) => pathname.startsWith(prefix));
    if (!route) throw new RouteNotFound(`expected one of ${known}, got ${pathname}`);
    return route;
  };
}

/** @throws MethodNotAllowed */
export function checkMethod({ methods }: Route, method: string, pathname: string): void {
  if (methods.includes(method)) return;
  const allowed = methods.join(', ');
  throw new MethodNotAllowed(`${pathname}: expected ${allowed}, got ${method}`, allowed);
}
