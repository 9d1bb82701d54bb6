import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOperations } from '../../src/db/connection/operation.ts';
import { createTurns } from '../../src/db/connection/turns.ts';
import { exportedPages, PAGE_CHARACTERS_MAX } from '../../src/http/export/exported-pages.ts';
import { parseFilter } from '../../src/log/filter/filter.ts';
import { END_OF_TIME } from '../../src/log/time.ts';
import { makeCertificate } from '../support/certificate.ts';
import { bearer, makeKeyIn } from '../support/keys.ts';
import { remove, startTestServer, type TestServer, temporaryFolder, until } from '../support/server.ts';

const COUNT = 5000;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const filler = 'x'.repeat(3000);
  const lines = Array.from({ length: COUNT }, (_, i) => JSON.stringify({ message: `record ${i}`, filler }));
  expect((await server.ingest(lines.join('\n'))).status).toBe(200);
});
afterAll(() => server[Symbol.asyncDispose]());

const exportUrl = (one: { url: string }, parameters: Record<string, string> = {}): string =>
  `${one.url}/export?${new URLSearchParams(parameters)}`;

/** A request by HTTP/1.0 whose response is not read before `read`. `end`: `end`, or the code of the error that ended the connection. */
function askByHttp10(url: string) {
  const { protocol, hostname, port, pathname, search, host } = new URL(url);
  const to = { port: Number(port), host: hostname };
  const socket = protocol === 'https:' ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
  socket.write(`GET ${pathname}${search} HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
  const read = () =>
    new Promise<{ head: string; lines: number; end: string }>((resolve) => {
      const chunks: Buffer[] = [];
      const ended = (end: string): void => {
        const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n', 2);
        resolve({ head, lines: body.split('\n').length - 1, end });
      };
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.once('end', () => ended('end'));
      socket.once('error', ({ code }: NodeJS.ErrnoException) => ended(code!));
      socket.resume();
    });
  return { begun: once(socket, 'readable'), read };
}

test('by HTTP/1.0 the connection of a cut export is reset: its plain end would be the end of the response', async () => {
  await using one = await startTestServer({ EXPORT_ROWS_MAX: '3000' }, server.database);
  const cut = await askByHttp10(exportUrl(one)).read();
  expect(cut.head).toMatch(/^HTTP\/1.1 200 /);
  expect(cut.head).not.toMatch(/^(transfer-encoding|content-length)/im);
  expect(cut.end).toBe('ECONNRESET');
  const whole = await askByHttp10(exportUrl(one, { limit: '3000' })).read();
  expect([whole.end, whole.lines]).toEqual(['end', 3000]);
});

test('by HTTP/1.0 over TLS it is reset too', async () => {
  const folder = await temporaryFolder();
  const { cert, key } = makeCertificate(folder, 'one');
  await using one = await startTestServer({ EXPORT_ROWS_MAX: '3000', TLS_CERT: cert, TLS_KEY: key }, server.database);
  expect((await askByHttp10(exportUrl(one)).read()).end).toBe('ECONNRESET');
  expect(await askByHttp10(exportUrl(one, { limit: '3000' })).read()).toMatchObject({ end: 'end', lines: 3000 });
  await remove(folder);
});

test('by HTTP/1.0 the connection of a client that does not read is reset too', async () => {
  await using one = await startTestServer({ EXPORTS_MAX: '1', STALL_TIMEOUT: '1s' }, server.database);
  const deaf = askByHttp10(exportUrl(one));
  await deaf.begun;
  const status = async () => (await fetch(exportUrl(one), { method: 'HEAD' })).status;
  expect(await status()).toBe(503);
  await until(async () => (await status()) === 200, 60_000, 'the place of the deaf client');
  expect((await deaf.read()).end).toBe('ECONNRESET');
});

test('one reader has at most half of the exports that run at the same time, and another one the rest', async () => {
  // Before the server: one that has to look a key up waits a second at most.
  const [a, b] = [await makeKeyIn(server.database, ['READ']), await makeKeyIn(server.database, ['READ'])];
  await using one = await startTestServer({ EXPORTS_MAX: '3' }, server.database);
  const open = async (headers: Record<string, string>) => {
    const response = await fetch(exportUrl(one), { headers });
    if (response.status !== 200) return ((await response.json()) as { error: { message: string } }).error.message;
    return response;
  };
  const [first, second] = [await open(bearer(a.key)), await open(bearer(a.key))];
  expect([first, second]).toEqual([expect.any(Response), expect.any(Response)]);
  expect(await open(bearer(a.key))).toMatch(/^expected at most 2 exports .* of an API key, .*half of EXPORTS_MAX/);
  const third = await open(bearer(b.key));
  expect(third).toBeInstanceOf(Response);
  for (const headers of [bearer(b.key), {}] as Record<string, string>[]) {
    expect(await open(headers)).toMatch(/^expected at most 3 exports .* on this server \(EXPORTS_MAX\)/);
  }
  // A place that is left is free.
  await (first as Response).body!.cancel();
  await until(async () => (await open({})) instanceof Response, 10_000, 'a place for a client without a key');
});

test('a page of an export has at most 16 Mi characters, also where long records follow short ones', async () => {
  await using long = await startTestServer();
  const [short, text] = ['x', 'y'.repeat(400_000)];
  const lines = Array.from({ length: 200 }, (_, i) =>
    JSON.stringify({
      timestamp: new Date(Date.UTC(2026, 10, 1) + i),
      message: i < 150 ? short : text,
      attributes: { i },
    }),
  );
  for (const start of [0, 150, 160, 170, 180, 190]) {
    const part = start === 0 ? lines.slice(0, 150) : lines.slice(start, start + 10);
    expect((await long.ingest(part.join('\n'))).status).toBe(200);
  }
  const turns = createTurns({ total: 1, perClient: 1, perOperation: 1, waiting: 10, waitingPerClient: 10 });
  const openOperation = createOperations(long.database.sql, turns, 60_000);
  let characters = 0;
  const sizes: number[] = [];
  const seen: unknown[] = [];
  for await (const { records } of exportedPages(
    { openOperation, client: 'a client', gone: new AbortController().signal },
    {
      filter: parseFilter({}, [], 'filter'),
      window: { from: null, to: END_OF_TIME },
      order: 'OLDEST_FIRST',
      after: null,
      limit: 1000,
      calls: true,
      contents: false,
    },
    () => characters,
  )) {
    characters = records.reduce((sum, { message }) => sum + message.length, 0);
    sizes.push(characters);
    seen.push(...records.map(({ attributes }) => attributes.i));
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(PAGE_CHARACTERS_MAX);
  expect(seen).toEqual(lines.map((_, i) => i));
});
