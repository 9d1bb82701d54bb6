import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { unpackPackages } from '../support/debian-package.ts';
import { makeKeyIn, startKeyServer } from '../support/keys.ts';
import { freePort } from '../support/port.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { storedRecords } from '../support/stored.ts';

/** A library with one object for all: its adapter is chosen anew for each test. */
const gelf = createRequire(import.meta.url)('gelf-pro') as {
  adapter: unknown;
  setConfig(config: object): void;
  error(message: string | Error, extra: object, done: (error: Error | null) => void): void;
};

let port: number;
let server: TestServer;
beforeAll(async () => {
  port = await freePort();
  server = await startTestServer({ GELF_PORT: String(port) });
});
afterAll(() => server[Symbol.asyncDispose]());

const stored = (service: string, count = 1) => storedRecords(server, `service:${service}`, count);

async function udp(...datagrams: (string | Buffer)[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const datagram of datagrams) await new Promise((sent) => socket.send(datagram, port, '127.0.0.1', sent));
  socket.close();
}

async function post(body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.url}/gelf`, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
}

describe('gelf-pro', () => {
  test.each(['udp', 'tcp'])('over %s: message, level, service, ids and fields of its own', async (adapterName) => {
    gelf.adapter = null;
    gelf.setConfig({ adapterName, adapterOptions: { host: '127.0.0.1', port } });
    const service = `pro-${adapterName}`;
    // Many chunks over UDP, though they are compressed.
    const noise = Array.from({ length: 3000 }, () => Math.random().toString(36)).join('');
    const error = new Error('refused');
    const extra = { service, request_id: 'req-1', tenant: 7, noise, full_message: error.stack };
    await promisify(gelf.error).call(gelf, 'refused', extra);
    expect(await stored(service)).toMatchObject([
      {
        message: 'refused',
        level: 'ERROR',
        correlationId: 'req-1',
        attributes: { tenant: 7, noise: `${noise.slice(0, 32_762)}...` },
      },
    ]);
  });
});

const graypy = unpackPackages('python3-graypy');

describe.skipIf(!graypy)('python3-graypy', () => {
  const PROGRAM = `
import logging, sys, graypy
handler = getattr(graypy, sys.argv[1])('127.0.0.1', int(sys.argv[2]))
log = logging.getLogger('pay.cards')
log.addHandler(handler)
try:
    1 / 0
except ZeroDivisionError:
    log.exception('refused %s', 'card', extra={'service': sys.argv[3], 'tenant': 7})
handler.close()
`;
  test.each(['GELFUDPHandler', 'GELFTCPHandler'])('%s: a record with its stack trace', async (handler) => {
    const path = graypy!.path('/usr/lib/python3/dist-packages');
    const env = { ...process.env, PYTHONPATH: path };
    await promisify(execFile)('python3', ['-c', PROGRAM, handler, String(port), handler], { env });
    const [record] = await stored(handler);
    expect(record).toMatchObject({ message: 'refused card', level: 'ERROR', attributes: { tenant: 7 } });
    const { data } = await server.query<{ logs: { nodes: { stackTrace: string; errorType: string }[] } }>(
      `{ logs(filter: { query: "service:${handler}" }) { nodes { stackTrace errorType } } }`,
    );
    expect(data!.logs.nodes).toMatchObject([
      { errorType: 'ZeroDivisionError', stackTrace: expect.stringContaining('Traceback') },
    ]);
  });
});

describe('the port of GELF', () => {
  test('takes plain datagrams and chunks in any order', async () => {
    const message = '{"version":"1.1","host":"web1","short_message":"whole","_service":"of-udp","level":4}';
    const head = (number: number) => Buffer.from([0x1e, 0x0f, 1, 2, 3, 4, 5, 6, 7, 8, number, 2]);
    await udp(Buffer.concat([head(1), Buffer.from(message.slice(40))]));
    await udp(message.replace('whole', 'plain'), Buffer.concat([head(0), Buffer.from(message.slice(0, 40))]));
    const found = await stored('of-udp', 2);
    expect(found.map(({ message, level, host }) => `${host} ${level} ${message}`).toSorted()).toEqual([
      'web1 WARNING plain',
      'web1 WARNING whole',
    ]);
  });

  test('takes messages of a connection that end with NUL or a newline', async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const message = (n: number) => `{"short_message":"${n}","_service":"of-tcp"}`;
    socket.end(`${message(1)}\0broken\0${message(2)}\n${message(3)}`);
    expect((await stored('of-tcp', 3)).map(({ message }) => message).toSorted()).toEqual(['1', '2', '3']);
  });
});

describe('POST /gelf', () => {
  const message = (n: number, more = '') =>
    `{"version":"1.1","host":"web1","short_message":"${n}","timestamp":${Math.floor(Date.now() / 1000) - 5}.25,"_service":"of-http"${more}}`;

  test('takes one message, a list, or one per line, and answers 202', async () => {
    expect(await post(message(1))).toEqual({ status: 202, text: '' });
    expect(await post(`[${message(2)},\n${message(3)}]`)).toEqual({ status: 202, text: '' });
    expect(await post(`${message(4)}\n{"broken\n${message(5)}\n`)).toMatchObject({
      status: 202,
      text: expect.stringMatching(/^message 2: INVALID_JSON: .*\n1 of 3 messages were rejected\n$/),
    });
    expect((await stored('of-http', 5)).map(({ message }) => message).toSorted()).toEqual(['1', '2', '3', '4', '5']);
  });

  test('stores a request that comes again once', async () => {
    const body = message(1).replaceAll('of-http', 'again');
    expect([await post(body), await post(body)]).toMatchObject([{ status: 202 }, { status: 202 }]);
    await post(message(2).replaceAll('of-http', 'again'));
    expect(await stored('again', 2)).toHaveLength(2);
  });

  test('says in plain text why nothing is stored', async () => {
    expect(await post('{"_a":1}')).toMatchObject({ status: 400, text: expect.stringMatching(/^MESSAGE_REQUIRED: /) });
    expect(await post('')).toMatchObject({ status: 400, text: expect.stringMatching(/^EMPTY_BODY: /) });
    expect((await fetch(`${server.url}/gelf`)).status).toBe(405);
  });
});

test('where keys are required, the port needs GELF_KEY or SYSLOG_OPEN', async () => {
  await using database = await createTestDatabase();
  const settings = { GELF_PORT: String(await freePort()), AUTH: 'required' };
  await expect(startTestServer(settings, database)).rejects.toThrow('GELF_KEY: expected an API key');
  const open = await startTestServer({ ...settings, SYSLOG_OPEN: 'true' }, database);
  expect(open.url).toContain('http');
  await open[Symbol.asyncDispose]();

  const { key } = await makeKeyIn(database, ['INGEST'], { stamp: { service: 'stamped' } });
  await using server = await startKeyServer({ ...settings, GELF_KEY: key }, database);
  const socket = createSocket('udp4');
  socket.send('{"short_message":"a","_service":"other"}', Number(settings.GELF_PORT), '127.0.0.1', () =>
    socket.close(),
  );
  expect(await storedRecords(server.as(server.admin.key), 'service:stamped')).toMatchObject([{ message: 'a' }]);
});
