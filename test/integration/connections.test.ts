import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { needs } from '../support/needs.ts';
import { type Client, remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';

const FIVE_THOUSAND = 5000;

/** A connection that keeps what the server says, and whether it is closed. */
interface Raw {
  socket: Socket;
  said: string;
  closed: boolean;
}

async function open(url: string): Promise<Raw> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) });
  const raw: Raw = { socket, said: '', closed: false };
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    raw.said += chunk;
  });
  socket.once('close', () => {
    raw.closed = true;
  });
  await once(socket, 'connect').catch(() => {});
  return raw;
}

async function openMany(url: string, count: number): Promise<Raw[]> {
  const opened: Raw[] = [];
  while (opened.length < count) {
    const some = Math.min(250, count - opened.length);
    opened.push(...(await Promise.all(Array.from({ length: some }, () => open(url)))));
  }
  return opened;
}

const closeAll = (raws: readonly Raw[]): void => {
  for (const { socket } of raws) socket.destroy();
};
const closedOf = (raws: readonly Raw[]): number => raws.filter(({ closed }) => closed).length;

/** What a client does that behaves. @returns milliseconds */
async function isServed(client: Client): Promise<number> {
  const started = performance.now();
  expect((await client.ingest('{"message":"served"}')).status).toBe(200);
  expect((await client.query('{ logs(first: 1) { nodes { message } } }')).errors).toBeUndefined();
  return performance.now() - started;
}

test('headers that trickle are cut by HEADERS_TIMEOUT, and others are served meanwhile', async () => {
  await using server = await startTestServer({ HEADERS_TIMEOUT: '1s' });
  const slow = await openMany(server.url, 200);
  for (const { socket } of slow) socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n');
  const trickle = setInterval(() => {
    for (const { socket } of slow) if (socket.writable) socket.write('x: y\r\n');
  }, 100);
  try {
    await isServed(server);
    await until(() => closedOf(slow) === slow.length, 10_000, 'the end of all slow connections');
  } finally {
    clearInterval(trickle);
    closeAll(slow);
  }
  expect(slow.filter(({ said }) => said.startsWith('HTTP/1.1 408 '))).toHaveLength(slow.length);
});

test('a body that stalls is cut by STALL_TIMEOUT; one that moves may take longer', async () => {
  await using server = await startTestServer({ STALL_TIMEOUT: '2s' });
  const head = (bytes: number) =>
    `POST /ingest HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ncontent-length: ${bytes}\r\n\r\n`;
  const stalled = await openMany(server.url, 100);
  for (const { socket } of stalled) socket.write(`${head(100_000)}begin`);
  const moving = await open(server.url);
  const pieces = 60;
  moving.socket.write(head(pieces * 1000));
  for (let piece = 0; piece < pieces; piece++) {
    moving.socket.write(`${'m'.repeat(999)}\n`);
    await sleep(80);
  }
  await until(() => moving.said !== '', 10_000, 'the response to the moving body');
  expect(moving.said).toMatch(/^HTTP\/1.1 200 [\s\S]*"accepted":60/);
  await until(() => closedOf(stalled) === stalled.length, 10_000, 'the end of all stalled connections');
  expect(stalled.filter(({ said }) => said.startsWith('HTTP/1.1 408 '))).toHaveLength(stalled.length);
  await isServed(server);
  closeAll([...stalled, moving]);
});

test('a client that leaves in the middle of a body harms nobody', async () => {
  await using server = await startTestServer();
  for (const ending of ['end', 'destroy', 'resetAndDestroy', 'garbage'] as const) {
    const leaving = await open(server.url);
    const head = 'POST /ingest HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbegin\r\n';
    leaving.socket.write(head);
    await sleep(50);
    if (ending === 'garbage') leaving.socket.write('not the length of a chunk\r\n');
    else leaving.socket[ending]();
    await until(() => leaving.closed);
  }
  for (const encoding of ['gzip', 'br', 'zstd'])
    await server.ingest('x'.repeat(200_000), { 'content-encoding': encoding }).catch(() => {});
  // Rejected before its body has come: the server waits for the rest, and then destroys the request.
  const rejected = await open(server.url);
  rejected.socket.write(
    'POST /ingest HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: 100000\r\n\r\nbegin',
  );
  await until(() => rejected.closed, 20_000);
  expect(rejected.said).toMatch(/^HTTP\/1.1 415 /);
  await isServed(server);
});

test('headers beyond 16 KiB get 431, also where they never end', async () => {
  await using server = await startTestServer();
  const large = await open(server.url);
  large.socket.write(`GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
  await until(() => large.closed);
  expect(large.said).toMatch(/^HTTP\/1.1 431 /);
  const endless = await open(server.url);
  endless.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n');
  for (let i = 0; !endless.closed && i < 1000; i++) {
    endless.socket.write(`x${i}: ${'y'.repeat(1000)}\r\n`);
    await sleep(1);
  }
  await until(() => endless.closed);
  await isServed(server);
});

test('connections above CONNECTIONS_MAX are closed at once; when others end, new ones are served', async () => {
  await using server = await startTestServer({ CONNECTIONS_MAX: '20' });
  const held = await openMany(server.url, 60);
  await until(() => closedOf(held) >= 40, 10_000, 'the end of connections above the limit');
  expect(held.length - closedOf(held)).toBeLessThanOrEqual(20);
  closeAll(held);
  await until(async () => (await isServed(server).catch(() => 0)) > 0);
});

/** An address of this machine that is not loopback. */
const ownAddress = Object.values(networkInterfaces())
  .flatMap((some) => some ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

test(
  'connections of one address above ADDRESS_CONNECTIONS_MAX are closed at once, and others are not concerned',
  needs(ownAddress ? undefined : 'an address that is not loopback'),
  async () => {
    await using server = await startTestServer({ HOST: '0.0.0.0', AUTH: 'off', ADDRESS_CONNECTIONS_MAX: '5' });
    const url = server.url.replace('localhost', ownAddress!);
    const held = await openMany(url, 20);
    await until(() => closedOf(held) === 15, 10_000, 'the end of connections above the limit');
    await isServed(server);
    closeAll(held);
    await until(async () => {
      const again = await open(url);
      again.socket.write('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n');
      await until(() => again.closed);
      return again.said.includes(' 200 ');
    });
  },
);

test('a client that does not read its response is cut by STALL_TIMEOUT', async () => {
  await using server = await startTestServer({ STALL_TIMEOUT: '1s' });
  const records = Array.from({ length: 1000 }, () => JSON.stringify({ message: 'x'.repeat(25_000) }));
  expect((await server.ingest(records.join('\n'))).status).toBe(200);
  const query = JSON.stringify({ query: '{ logs(first: 1000) { nodes { message } } }' });
  const deaf = await open(server.url);
  deaf.socket.pause();
  deaf.socket.write(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${query.length}\r\n\r\n${query}`,
  );
  // Only a write tells a client that reads nothing that the connection is gone.
  await until(() => {
    if (deaf.socket.writable) deaf.socket.write('\r\n');
    return deaf.closed;
  }, 20_000);
  await isServed(server);
});

test('five thousand idle connections leave room for others, and are closed by HEADERS_TIMEOUT', {
  timeout: 240_000,
}, async () => {
  await using database = await createTestDatabase();
  const dataDir = await temporaryFolder();
  const server = await spawnServer({
    LOGS_DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    HEADERS_TIMEOUT: '30s',
    LOG_LEVEL: 'error',
  });
  const rssMiB = async (): Promise<number> =>
    Math.round(Number((await promisify(execFile)('ps', ['-o', 'rss=', '-p', `${server.process.pid}`])).stdout) / 1024);
  try {
    await isServed(server);
    const before = { ms: await isServed(server), rss: await rssMiB() };
    const idle = await openMany(server.url, FIVE_THOUSAND);
    expect(idle.length - closedOf(idle)).toBe(FIVE_THOUSAND);
    const during = { ms: await isServed(server), rss: await rssMiB() };
    console.log(
      `${FIVE_THOUSAND} idle connections: a store and a page took ${before.ms.toFixed(0)} ms before, ${during.ms.toFixed(0)} ms during; RSS ${before.rss} MiB before, ${during.rss} MiB during`,
    );
    await until(() => closedOf(idle) === FIVE_THOUSAND, 60_000, 'the end of all idle connections');
    await isServed(server);
  } finally {
    await server[Symbol.asyncDispose]();
    await remove(dataDir);
  }
});
