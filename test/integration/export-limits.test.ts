import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer, until } from '../support/server.ts';

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

/** A request by HTTP/1.0 whose response is not read before `read`. `end`: whether the connection ended or was reset. */
function askByHttp10(url: string) {
  const { hostname, port, pathname, search, host } = new URL(url);
  const socket = connect(Number(port), hostname);
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
    });
  return { read };
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

test('by HTTP/1.0 the connection of a client that does not read is reset too', async () => {
  await using one = await startTestServer({ EXPORTS_MAX: '1', STALL_TIMEOUT: '1s' }, server.database);
  const deaf = askByHttp10(exportUrl(one));
  const isBusy = async () => (await fetch(exportUrl(one), { method: 'HEAD' })).status === 503;
  await until(isBusy);
  await until(async () => !(await isBusy()), 60_000, 'the place of the deaf client');
  expect((await deaf.read()).end).toBe('ECONNRESET');
});
