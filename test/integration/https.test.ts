import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:https';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CannotStart } from '../../src/errors.ts';
import { openCertificate } from '../../src/http/certificate.ts';
import { listen } from '../../src/http/listen.ts';
import { makeCertificate as certificate } from '../support/certificate.ts';
import { remove, startTestServer, temporaryFolder, until } from '../support/server.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => remove(folder));

const makeCertificate = (name: string) => certificate(folder, name);

const ask = (url: string, ca: Buffer, body?: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(url, { ca, method: body === undefined ? 'GET' : 'POST', headers }, async (response) => {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString() });
    });
    sent.on('error', reject);
    sent.end(body);
  });

/** The name in the certificate that a new connection gets. */
const nameServed = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });

describe('with TLS_CERT and TLS_KEY', () => {
  test('records, questions and tails go over TLS on one port, and a page of https is its own', async () => {
    const { cert, key } = makeCertificate('one');
    await using server = await startTestServer({ TLS_CERT: cert, TLS_KEY: key });
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:/);
    const ca = await readFile(cert);
    const stored = await ask(`${server.url}/ingest`, ca, '{"message":"over TLS"}');
    expect(stored).toMatchObject({ status: 200, text: expect.stringContaining('"accepted":1') });
    expect((await ask(`${server.url}/healthz`, ca)).status).toBe(200);
    const page = { 'content-type': 'application/json', origin: server.url };
    const asked = await ask(`${server.url}/graphql`, ca, '{"query":"{ logs { nodes { message } } }"}', page);
    expect(asked.text).toContain('over TLS');
    const other = { ...page, origin: server.url.replace('https', 'http') };
    expect((await ask(`${server.url}/graphql`, ca, '{"query":"{ __typename }"}', other)).status).toBe(403);

    const socket = new WebSocket(`${server.url.replace('https', 'wss')}/graphql`, 'graphql-transport-ws', { ca });
    const messages: { type: string }[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    await until(() => messages.some(({ type }) => type === 'connection_ack'));
    socket.terminate();

    await expect(fetch(`${server.url.replace('https', 'http')}/healthz`)).rejects.toThrow();
    expect((await ask(`${server.url}/healthz`, ca)).status).toBe(200);
  });

  test('new files are used for new connections; while they cannot be used, the old ones stay', async () => {
    const files = makeCertificate('old');
    const renewed = makeCertificate('new');
    const said: string[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void said.push(line) });
    const refusals = (): number => said.filter((line) => line.includes('cannot be used')).length;
    const certificate = await openCertificate(files, log);
    await using server = createServer(certificate.first, (_, response) => response.end());
    using _ = certificate.renew(server);
    const url = await listen(server, '127.0.0.1', 0);
    expect(await nameServed(url)).toBe('old');
    // The certificate comes before its key: until then, the two do not fit.
    await copyFile(renewed.cert, files.cert);
    await until(() => refusals() === 1);
    expect(await nameServed(url)).toBe('old');
    await writeFile(files.key, 'no key');
    await until(() => refusals() === 2);
    expect(await nameServed(url)).toBe('old');
    await copyFile(renewed.key, files.key);
    await until(async () => (await nameServed(url)) === 'new');
  });

  test.each([
    ['a file that is not there', () => ({ TLS_CERT: '/nowhere.crt', TLS_KEY: '/nowhere.key' })],
    [
      'a key of another certificate',
      () => ({ TLS_CERT: makeCertificate('a').cert, TLS_KEY: makeCertificate('b').key }),
    ],
    ['a certificate without its key', () => ({ TLS_CERT: makeCertificate('c').cert })],
  ])('no start with %s', async (_, settings) => {
    const started = startTestServer(settings());
    await expect(started).rejects.toThrow(CannotStart);
    await expect(started).rejects.toThrow(/TLS_CERT, TLS_KEY: expected/);
  });
});
