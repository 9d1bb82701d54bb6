import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { Notifier } from '../../src/db/alerts/notifiers.ts';
import { createAddressGuard, type Resolve } from '../../src/watch/delivery/address-guard.ts';
import { shownFailure } from '../../src/watch/delivery/failure.ts';
import { createSender } from '../../src/watch/delivery/sender.ts';
import { makeCertificate } from '../support/certificate.ts';
import { notification, sampleRecord } from '../support/notification.ts';
import { freePort } from '../support/port.ts';
import { startMailServer, startReceiver } from '../support/receivers.ts';
import { remove, temporaryFolder } from '../support/server.ts';

const OPEN = new AbortController().signal;
const KEY = '00000000-0000-4000-8000-000000000009';
const LOOPBACK = { address: '127.0.0.1', family: 4 };
const HANGING_MS = 30_000;

interface Settings {
  allow?: string[];
  resolve?: Resolve;
  smtpUrl?: string;
  closing?: AbortSignal;
}

/** One attempt. Resolves to how it ended: `taken`, the problem with it, or the failure as it is shown. */
function attempt(
  notifier: Partial<Notifier> & { target: string },
  { allow = ['127.0.0.1'], resolve, smtpUrl, closing = OPEN }: Settings = {},
  of = notification(),
): Promise<string> {
  const send = createSender({
    guard: createAddressGuard(allow, resolve),
    publicUrl: 'https://logs.example.com',
    mailServer: smtpUrl === undefined ? null : { url: smtpUrl, from: 'weir@logs.example.com' },
  });
  const target = { kind: 'WEBHOOK' as const, secret: null, ...notifier };
  return send(target, of, KEY, closing).then((problem) => problem ?? 'taken', shownFailure);
}

/** A server of plain TCP that does what `talk` says with each connection. */
async function startSocketServer(talk: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    talk(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('an attempt fails, and says no more than the kind of failure, where', () => {
  test.each([301, 302, 307, 308])('the target redirects (%i): the other place gets nothing', async (status) => {
    await using inner = await startReceiver();
    await using target = await startReceiver((response) =>
      response.writeHead(status, { location: `${inner.url}/inner` }).end(),
    );
    expect(await attempt({ target: target.url })).toBe(`status ${status}: redirects are not followed`);
    expect(inner.received).toEqual([]);
  });

  test.each([400, 404, 410, 429, 500, 503])('its status is %i', async (status) => {
    await using target = await startReceiver((response) => response.writeHead(status).end('secret of the body'));
    expect(await attempt({ target: `${target.url}/secret` })).toBe(`status ${status}`);
  });

  test('nobody listens', async () => {
    expect(await attempt({ target: `http://127.0.0.1:${await freePort()}/` })).toBe('the connection was refused');
  });

  test.each([
    ['the address is private', 'http://127.0.0.1:PORT/'],
    ['the address is private, in another notation', 'http://0x7f.1:PORT/'],
    ['the address is private, as IPv6', 'http://[::ffff:127.0.0.1]:PORT/'],
    ['the name resolves to a private address', 'http://a.example:PORT/'],
  ])('%s: nothing is sent', async (_, url) => {
    await using target = await startReceiver();
    const resolve: Resolve = async () => [LOOPBACK];
    expect(await attempt({ target: url.replace('PORT', `${target.port}`) }, { allow: [], resolve })).toBe(
      'the address of the target is not public, and ALERT_ALLOW_PRIVATE does not name it',
    );
    expect(target.received).toEqual([]);
  });

  test('the name has no address', async () => {
    expect(await attempt({ target: 'http://name.invalid/' })).toMatch(/^the name of the target /);
  });

  test('the URL is none of HTTP', async () => {
    expect(await attempt({ target: 'file:///etc/passwd' })).toBe('the target is not an http or https URL');
  });

  test.each([
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.9\r\n', 'the response is not HTTP'],
    ['has headers without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`, 'the response is not HTTP'],
    ['changes the protocol', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'status 101'],
  ])('the response %s', async (_, bytes, failure) => {
    await using target = await startSocketServer((socket) => socket.once('data', () => socket.write(bytes)));
    expect(await attempt({ target: target.url })).toBe(failure);
  });

  test('the connection is closed', async () => {
    await using target = await startSocketServer((socket) => socket.once('data', () => socket.destroy()));
    expect(await attempt({ target: target.url })).toBe('the connection was closed before a response');
  });

  test('the server closes', async () => {
    await using target = await startReceiver(() => closing.abort());
    const closing = new AbortController();
    expect(await attempt({ target: target.url }, { closing: closing.signal })).toBe('the attempt failed');
  });

  test('it hangs at any step: after 10 s', { timeout: 4 * HANGING_MS }, async () => {
    await using mute = await startReceiver(() => {});
    await using drip = await startSocketServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x: y\r\n'), 50);
      socket.on('close', () => clearInterval(timer));
    });
    await using accepting = await startSocketServer(() => {});
    const smtpUrl = accepting.url.replace('http', 'smtp').replace('/secret', '');
    const ended = await Promise.all([
      attempt({ target: mute.url }),
      attempt({ target: drip.url }),
      attempt({ target: accepting.url.replace('http', 'https') }),
      attempt({ target: 'http://a.example/' }, { resolve: () => new Promise(() => {}) }),
      attempt({ kind: 'EMAIL', target: 'a@b.example' }, { smtpUrl }),
    ]);
    expect(ended).toEqual(Array(5).fill('no response within 10 s'));
  });
});

describe('an attempt succeeds', () => {
  test('at an address that was checked, where the name resolves to another one the next time', async () => {
    await using checked = await startReceiver();
    await using rebound = await startReceiver();
    const asked: string[] = [];
    const resolve: Resolve = async (name) =>
      asked.push(name) === 1 ? [LOOPBACK] : [{ address: '127.0.0.2', family: 4 }];
    expect(await attempt({ target: `http://a.example:${checked.port}/` }, { resolve })).toBe('taken');
    expect(asked).toEqual(['a.example']);
    expect(checked.received[0]!.headers.host).toBe(`a.example:${checked.port}`);
    expect(rebound.received).toEqual([]);
  });

  test('with a huge body, of which little is read', async () => {
    let isCut = false;
    await using target = await startReceiver((response) => {
      response.on('close', () => {
        isCut = !response.writableFinished;
      });
      const write = (): void => {
        while (response.write('x'.repeat(64 * 1024)) && !response.destroyed);
      };
      response.on('drain', write);
      write();
    });
    expect(await attempt({ target: target.url })).toBe('taken');
    await expect.poll(() => isCut).toBe(true);
  });

  test('with a body that breaks: the status says enough', async () => {
    await using target = await startSocketServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nx')),
    );
    expect(await attempt({ target: target.url })).toBe('taken');
  });

  test('with user and password of the URL, a signature and a key', async () => {
    await using target = await startReceiver();
    const url = target.url.replace('127', 'user:pass@127');
    expect(await attempt({ target: `${url}/hook?x=y`, secret: 'secret' })).toBe('taken');
    const { path, headers, body } = target.received[0]!;
    expect(path).toBe('/hook?x=y');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'idempotency-key': KEY,
      'webhook-id': KEY,
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      authorization: `Basic ${btoa('user:pass')}`,
    });
    expect(JSON.parse(body)).toMatchObject({ event: { kind: 'FIRED' }, value: 57 });
  });
});

test('TLS asks for the name of the URL, and an unknown certificate is refused', async () => {
  const folder = await temporaryFolder();
  const { cert, key } = makeCertificate(folder, 'chat');
  const asked: string[] = [];
  const pem = { cert: readFileSync(cert), key: readFileSync(key) };
  const server = createHttpsServer({
    ...pem,
    SNICallback: (name, done) => {
      asked.push(name);
      done(null, createSecureContext(pem));
    },
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const resolve: Resolve = async () => [LOOPBACK];
  const ended = await attempt({ target: `https://chat.example:${port}/` }, { resolve });
  server.close();
  await remove(folder);
  expect(ended).toBe('TLS failed (DEPTH_ZERO_SELF_SIGNED_CERT)');
  expect(asked).toEqual(['chat.example']);
});

describe('mail', () => {
  test('goes to all addresses as text, with one line of subject and the same id each time', async () => {
    await using server = await startMailServer();
    const smtpUrl = `smtp://127.0.0.1:${server.port}`;
    const name = 'Ärger\r\nBcc: x@y.example';
    const of = notification({
      alert: { ...notification().alert, name },
      sample: [sampleRecord('<b>no HTML</b>\n.\nx')],
    });
    const mail = { kind: 'EMAIL', target: 'a@b.example, c@d.example' } as const;
    expect(await attempt(mail, { smtpUrl }, of)).toBe('taken');
    expect(await attempt(mail, { smtpUrl }, of)).toBe('taken');
    const [{ from, to, source }, again] = server.mails as [(typeof server.mails)[0], (typeof server.mails)[0]];
    expect([from, ...to]).toEqual(['weir@logs.example.com', 'a@b.example', 'c@d.example']);
    const head = source.slice(0, source.indexOf('\r\n\r\n'));
    expect(head).not.toMatch(/^Bcc/im);
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(head).toMatch(/^Content-Type: text\/plain/m);
    expect(head).toMatch(new RegExp(`^Message-ID: <${KEY}@logs.example.com>$`, 'm'));
    expect(again.source).toContain(`Message-ID: <${KEY}@logs.example.com>`);
    expect(source.replaceAll('=\r\n', '')).toContain('ERROR shop: <b>no HTML</b> . x');
  });

  test('that is refused for some addresses is sent to the others, and says so; for all, it fails', async () => {
    await using server = await startMailServer();
    const smtpUrl = `smtp://127.0.0.1:${server.port}`;
    expect(await attempt({ kind: 'EMAIL', target: 'a@b.example, refused@b.example' }, { smtpUrl })).toBe(
      'the mail server refused 1 of 2 addresses',
    );
    expect(server.mails.map(({ to }) => to)).toEqual([['a@b.example']]);
    expect(await attempt({ kind: 'EMAIL', target: 'refused@b.example' }, { smtpUrl })).toBe(
      'the mail server refused the addresses (status 550)',
    );
  });

  test('logs in with the password of SMTP_URL, which no failure repeats', async () => {
    await using server = await startMailServer();
    const url = (password: string): string => `smtp://weir:${password}@127.0.0.1:${server.port}`;
    const mail = { kind: 'EMAIL', target: 'a@b.example' } as const;
    expect(await attempt(mail, { smtpUrl: url('right-password-4711') })).toBe('taken');
    expect(await attempt(mail, { smtpUrl: url('wrong-password-4711') })).toBe(
      'the mail server refused the login of SMTP_URL (status 535)',
    );
  });

  test('cannot be sent without SMTP_URL, or where nobody listens', async () => {
    const mail = { kind: 'EMAIL', target: 'a@b.example' } as const;
    expect(await attempt(mail)).toBe('SMTP_URL is not set, so that this server cannot send mail');
    const smtpUrl = `smtp://127.0.0.1:${await freePort()}`;
    expect(await attempt(mail, { smtpUrl })).toBe('the connection was refused');
  });
});
