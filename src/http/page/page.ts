import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { RouteNotFound } from '../../errors.ts';
import { shown } from '../../log/shown.ts';
import { GRAPHQL_PATH } from '../graphql/graphql.ts';
import type { Route, RouteHandler } from '../route.ts';
import { createStaticFile } from '../static-file.ts';

/** Where `scripts/build-page.ts` puts the page: of a clone and of a package alike. */
export const PAGE_FOLDER = join(import.meta.dirname, '../../../page/dist');

const ICON_PATH = '/icon.svg';
const ASSETS_PATH = '/assets/';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page runs its own files only, and asks this server only. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The name of a file in `assets` holds the hash of what is in it. */
const FOR_EVER = { 'cache-control': 'public, max-age=31536000, immutable' };

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Weir</title>
<h1>Weir</h1>
<p>This server runs, but its page is not built. To build it, run <code>npm ci &amp;&amp; npm run page</code> in the folder of Weir, and start the server again.</p>
<p><a href="${GRAPHQL_PATH}">GraphiQL</a> works: it sends queries to the API.</p>
</html>
`;

interface Page {
  /** The handler of `/`. */
  home: RouteHandler;
  /** What it loads. */
  routes: Route[];
}

/** The page: files that a build made. They are read once. Without them, `/` says how to build them, and leads to GraphiQL. */
export function createPage(folder: string): Page {
  const files = readFiles(folder);
  const home = files.get('/index.html') ?? createStaticFile({ bytes: Buffer.from(NOT_BUILT), type: TYPES['.html']! });
  const serve: RouteHandler = (request) => {
    const { pathname } = new URL(request.url);
    const file = files.get(pathname);
    if (!file) throw new RouteNotFound(`expected a file of the page, got ${shown(pathname)}`);
    return file(request);
  };
  return {
    home: (request) => home(request),
    routes: [
      { path: ICON_PATH, methods: ['GET'], handle: serve },
      { prefix: ASSETS_PATH, methods: ['GET'], handle: serve },
    ],
  };
}

/** By the path in their URLs. None where there is no build. */
function readFiles(folder: string): Map<string, ReturnType<typeof createStaticFile>> {
  return new Map(
    filesIn(folder).map((path) => {
      const url = `/${path}`;
      const headers = url.startsWith(ASSETS_PATH) ? FOR_EVER : { 'content-security-policy': POLICY };
      const bytes = readFileSync(join(folder, path));
      return [url, createStaticFile({ bytes, type: TYPES[extname(path)] ?? 'application/octet-stream', headers })];
    }),
  );
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .replaceAll('\\', '/'),
      );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
