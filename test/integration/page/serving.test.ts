import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPage, PAGE_FOLDER } from '../../../src/http/page/page.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../../support/keys.ts';
import { remove, temporaryFolder } from '../../support/server.ts';

const root = join(import.meta.dirname, '../../..');

/** Of a page that is not served: a caller is not asked for. */
const ask = async (handle: ReturnType<typeof createPage>['home'], path = '/', headers = {}): Promise<Response> =>
  handle(new Request(`http://weir.test${path}`, { headers }), {} as never);

/** As `fetch`, which would resolve dots in a path and decode a body. */
async function raw(url: string, headers: Record<string, string>) {
  const { origin } = new URL(url);
  const sent = request(origin, { path: url.slice(origin.length), headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.concat(await response.toArray()),
  };
}

describe('the page over HTTP', () => {
  let server: KeyServer;
  let assets: string[];
  beforeAll(async () => {
    server = await startKeyServer();
    assets = (await readdir(join(PAGE_FOLDER, 'assets'))).map((name) => `/assets/${name}`);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('its files need no key: they hold no data', async () => {
    for (const path of ['/', '/icon.svg', ...assets]) {
      const response = await fetch(server.url + path, { headers: { accept: 'text/html' } });
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('its HTML names files of this server only, and its policy allows nothing else', async () => {
    const response = await fetch(`${server.url}/`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')!.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    const html = await response.text();
    const named = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url!);
    expect(named).toContain('/icon.svg');
    for (const url of named) expect([url, (await fetch(server.url + url)).status]).toEqual([url, 200]);
  });

  test('an asset may be kept for ever, as its name changes with what is in it; the HTML is asked for each time', async () => {
    for (const path of assets) {
      const response = await fetch(server.url + path);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(response.headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/);
    }
    expect((await fetch(`${server.url}/`)).headers.get('cache-control')).toBe('no-cache');
  });

  test('who has it already gets 304 without a body', async () => {
    for (const path of ['/', assets[0]!]) {
      const etag = (await fetch(server.url + path)).headers.get('etag')!;
      const again = await fetch(server.url + path, { headers: { 'if-none-match': etag } });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
      const other = await fetch(server.url + path, { headers: { 'if-none-match': '"other"' } });
      expect(other.status).toBe(200);
    }
  });

  test('is compressed as the client likes it', async () => {
    const path = assets.find((name) => name.endsWith('.js'))!;
    const bytes = await readFile(join(PAGE_FOLDER, path));
    const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };
    for (const [encoding, decode] of Object.entries(decoders)) {
      const { headers, body } = await raw(server.url + path, { 'accept-encoding': encoding });
      expect(headers['content-encoding']).toBe(encoding);
      expect(headers.vary).toContain('accept-encoding');
      expect(decode(body).equals(bytes)).toBe(true);
    }
    const plain = await raw(server.url + path, { 'accept-encoding': 'identity' });
    expect([plain.headers['content-encoding'], plain.body.equals(bytes)]).toEqual([undefined, true]);
  });

  test('HEAD is answered like GET, without a body', async () => {
    for (const path of ['/', assets[0]!]) {
      const [head, get] = await Promise.all([
        fetch(server.url + path, { method: 'HEAD' }),
        fetch(server.url + path, { method: 'GET' }),
      ]);
      expect([head.status, await head.text()]).toEqual([200, '']);
      for (const name of ['content-type', 'etag', 'cache-control'])
        expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
  });

  test('an asset that is not there is 404 as JSON, and no path leads out of the folder', async () => {
    for (const path of ['/assets/none.js', '/assets/', '/assets/..%2f.built-from', '/assets/%2e%2e/index.html']) {
      const { status, headers, body } = await raw(server.url + path, bearer(server.admin.key));
      expect([path, status, headers['content-type']]).toEqual([path, 404, expect.stringContaining('json')]);
      expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'NOT_FOUND' } });
    }
    expect((await fetch(`${server.url}/.built-from`, { headers: bearer(server.admin.key) })).status).toBe(404);
  });

  test('clients of Elasticsearch at / get what they expect, with a key', async () => {
    const { key } = await makeKeyIn(server.database, ['INGEST']);
    const agent = { 'user-agent': 'elasticsearch-js/9.4.3 Node.js 24.0.0' };
    const response = await fetch(`${server.url}/`, { headers: { ...agent, ...bearer(key) } });
    expect(await response.json()).toMatchObject({ tagline: 'You Know, for Search' });
    expect((await fetch(`${server.url}/`, { headers: agent })).status).toBe(401);
  });
});

describe('a page that is not built', () => {
  test.each(['empty', 'missing'])('%s folder: / says how to build it, and leads to GraphiQL', async (name) => {
    const folder = await temporaryFolder();
    try {
      const { home, routes } = createPage(name === 'empty' ? folder : join(folder, 'none'));
      const response = await ask(home);
      const html = await response.text();
      expect(response.status).toBe(200);
      expect(html).toContain('npm ci &amp;&amp; npm run page');
      expect(html).toContain('<a href="/graphql">GraphiQL</a>');
      for (const { handle } of routes)
        await expect(async () => ask(handle, '/assets/x.js')).rejects.toThrow('expected a file');
    } finally {
      await remove(folder);
    }
  });

  test('a build is served as it was when the server started', async () => {
    const folder = await temporaryFolder();
    try {
      await mkdir(join(folder, 'assets'));
      await writeFile(join(folder, 'index.html'), 'first');
      await writeFile(join(folder, 'assets/x-1.js'), 'x()');
      const { home, routes } = createPage(folder);
      await writeFile(join(folder, 'index.html'), 'second');
      expect(await (await ask(home)).text()).toBe('first');
      expect(await (await ask(routes.at(-1)!.handle, '/assets/x-1.js')).text()).toBe('x()');
    } finally {
      await remove(folder);
    }
  });
});

describe('`prepare`, which npm runs at an install', () => {
  const run = (cwd: string, node: string = process.execPath) =>
    promisify(execFile)(node, ['scripts/prepare.cjs'], { cwd });

  test('says in one line that there is no Vite, and lets the install succeed', async () => {
    const folder = await temporaryFolder();
    try {
      await cp(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
      const { stdout, stderr } = await run(folder);
      expect(stdout).toBe(
        'The page at / is not built: Vite is not installed (`npm ci` without --omit=dev installs it). Everything else works.\n',
      );
      expect(stderr).toBe('');
    } finally {
      await remove(folder);
    }
  });

  test('builds nothing where the page is as new as its sources', async () => {
    const before = await readFile(join(PAGE_FOLDER, '.built-from'), 'utf8');
    const { stdout } = await run(root);
    expect(stdout).toBe('');
    expect(await readFile(join(PAGE_FOLDER, '.built-from'), 'utf8')).toBe(before);
  });

  test('an older Node can run it, and is told which one is needed', async () => {
    const text = await readFile(join(root, 'scripts/prepare.cjs'), 'utf8');
    const older = text.replaceAll('process.versions.node', '"20.11.0"');
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', older], { cwd: root });
    expect(stdout).toBe(
      'The page at / is not built: Node 24 is needed, this is Node 20.11.0. Everything else works.\n',
    );
  });
});
