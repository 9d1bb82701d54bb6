import { execFileSync } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { freePort } from '../support/port.ts';
import { remove, spawnServer, startTestServer, type TestServer, temporaryFolder, until } from '../support/server.ts';
import { storedRecords } from '../support/stored.ts';
import {
  nginxMissing,
  rsyslogMissing,
  startNginx,
  startRsyslog,
  startSyslogNg,
  syslogNgMissing,
} from '../support/syslog-daemons.ts';

/** It has no types. */
interface SyslogClient {
  createClient(target: string, options: object): SyslogClient & EventEmitter;
  log(message: string, options: object, sent: (error?: Error) => void): void;
  close(): void;
  Transport: { Tcp: number; Udp: number };
  Facility: { Local3: number };
  Severity: { Error: number };
}
const syslogClient = createRequire(import.meta.url)('syslog-client') as SyslogClient;

let port: number;
let tlsPort: number;
let folder: string;
let cert: string;
let server: TestServer;
/** Speaks TLS, also over HTTP: its records are asked of the other one. */
let tlsServer: TestServer;
beforeAll(async () => {
  [port, tlsPort] = [await freePort(), await freePort()];
  folder = await temporaryFolder();
  const files = makeCertificate(folder, 'weir');
  cert = files.cert;
  server = await startTestServer({ SYSLOG_PORT: String(port) });
  const tls = { TLS_CERT: files.cert, TLS_KEY: files.key, SYSLOG_TLS_PORT: String(tlsPort) };
  tlsServer = await startTestServer(tls, server.database);
});
afterAll(async () => {
  await tlsServer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await remove(folder);
});

/** The configurations of docs/senders.md, for this machine. */
const documented = (pattern: RegExp): string =>
  Array.from(readFileSync('docs/senders.md', 'utf8').matchAll(/```conf\n(.*?)```/gs), ([, block]) => block!)
    .find((block) => pattern.test(block))!
    .replaceAll('weir.example.com', '127.0.0.1')
    .replace(/port(=")?([("]*)5514/, (_, equals, open) => `port${equals ?? ''}${open}${port}`)
    .replace(/port(=")?([("]*)6514/, (_, equals, open) => `port${equals ?? ''}${open}${tlsPort}`)
    .replace('/etc/ssl/certs/ca-certificates.crt', cert);

const one = async (component: string) => (await storedRecords(server, `component:${component}`))[0]!;
const logger = (...args: string[]) => execFileSync('logger', args);

/** Every sender is asked to tell this: an error of local3, with a time of its own. */
const MESSAGE = 'the disk is full: 97 %';

describe('logger(1)', () => {
  const ways: [string, string[]][] = [
    ['UDP', ['-d']],
    ['UDP, RFC 5424', ['-d', '--rfc5424']],
    ['UDP, RFC 3164', ['-d', '--rfc3164']],
    ['TCP', ['-T']],
    ['TCP, RFC 5424, counted', ['-T', '--rfc5424', '--octet-count']],
    ['TCP, RFC 3164', ['-T', '--rfc3164']],
    ['TCP, RFC 3164, counted', ['-T', '--rfc3164', '--octet-count']],
  ];
  test.each(ways)('%s', async (way, options) => {
    const tag = `logger-${way.replaceAll(/\W+/g, '-')}`.toLowerCase();
    logger('-n', '127.0.0.1', '-P', String(port), ...options, '-t', tag, '--id=4711', '-p', 'local3.err', MESSAGE);
    const record = await one(tag);
    expect(record).toMatchObject({ level: 'ERROR', message: MESSAGE, attributes: { facility: 'local3', pid: 4711 } });
    expect(record.host).toBe(execFileSync('hostname', { encoding: 'utf8' }).trim());
    expect(Math.abs(Date.parse(record.timestamp) - Date.now())).toBeLessThan(600_000);
  });

  test('structured data and the id of the message', async () => {
    const data = ['--sd-id', 'zoo@32473', '--sd-param', 'tiger="hungry"', '--msgid', 'FEED'];
    logger('-n', '127.0.0.1', '-P', String(port), '-T', '--rfc5424', ...data, '-t', 'logger-data', MESSAGE);
    expect((await one('logger-data')).attributes).toMatchObject({
      messageId: 'FEED',
      structuredData: { 'zoo@32473': { tiger: 'hungry' } },
    });
  });

  test('JSON in a message becomes fields and attributes', async () => {
    const json = '{"level":"warn","msg":"slow query","requestId":"r-17","ms":1200}';
    for (const [tag, text] of [
      ['logger-json', json],
      ['logger-cee', `@cee: ${json}`],
    ]) {
      logger('-n', '127.0.0.1', '-P', String(port), '-T', '-t', tag!, '-p', 'user.info', text!);
      const record = await one(tag!);
      expect(record).toMatchObject({ level: 'WARNING', message: 'slow query', correlationId: 'r-17' });
      expect(record.attributes).toMatchObject({ ms: 1200 });
    }
  });
});

describe('syslog-client', () => {
  const { Udp, Tcp } = syslogClient.Transport;
  test.each([
    ['udp-3164', Udp, true],
    ['udp-5424', Udp, false],
    ['tcp-3164', Tcp, true],
    ['tcp-5424', Tcp, false],
  ])('%s', async (name, transport, rfc3164) => {
    const syslogHostname = `node-${name}`;
    const client = syslogClient.createClient('127.0.0.1', {
      port,
      transport,
      rfc3164,
      appName: 'client',
      syslogHostname,
    });
    client.on('error', () => {});
    const { Facility, Severity } = syslogClient;
    await new Promise((sent) => client.log(MESSAGE, { facility: Facility.Local3, severity: Severity.Error }, sent));
    const [record] = await storedRecords(server, `host:${syslogHostname}`);
    // Its RFC 3164 has no tag.
    expect(record).toMatchObject({
      level: 'ERROR',
      message: MESSAGE,
      component: rfc3164 ? null : 'client',
      attributes: { facility: 'local3' },
    });
    const closed = once(client, 'close');
    client.close();
    await closed;
  });
});

describe.skipIf(rsyslogMissing)(`rsyslog ${rsyslogMissing ?? ''}`, () => {
  test.each([
    ['TCP with counts', 'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"'],
    ['TCP', 'protocol="tcp"'],
    ['UDP', 'protocol="udp"'],
    ['forward', 'protocol="tcp" template="RSYSLOG_ForwardFormat"'],
    [
      'TLS',
      'protocol="tcp" TCP_Framing="octet-counted" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid"',
    ],
  ])('%s', async (way, options) => {
    const tag = `rsyslog-${way.replaceAll(/\W+/g, '-')}`.toLowerCase();
    await using rsyslog = await startRsyslog(
      () => `global(DefaultNetstreamDriverCAFile="${cert}")
action(type="omfwd" target="127.0.0.1" port="${way === 'TLS' ? tlsPort : port}" ${options})`,
    );
    logger('-u', rsyslog.socket, '-t', tag, '--id=4711', '-p', 'local3.err', MESSAGE);
    expect(await one(tag)).toMatchObject({
      level: 'ERROR',
      message: MESSAGE,
      host: expect.any(String),
      attributes: { facility: 'local3', pid: 4711 },
    });
  });
});

describe.skipIf(rsyslogMissing)('rsyslog as docs/senders.md configures it', () => {
  test('over TLS', async () => {
    await using rsyslog = await startRsyslog(() => documented(/StreamDriver=/));
    logger('-u', rsyslog.socket, '-t', 'rsyslog-doc-tls', '-p', 'local3.err', MESSAGE);
    expect(await one('rsyslog-doc-tls')).toMatchObject({ level: 'ERROR', message: MESSAGE });
  });

  test('with its queue, over a restart of the server: every message arrives', async () => {
    const settings = { LOGS_DATABASE_URL: server.database.url, SYSLOG_PORT: String(await freePort()) };
    await using rsyslog = await startRsyslog(() =>
      documented(/omfwd/)
        .replace(`"${port}"`, `"${settings.SYSLOG_PORT}"`)
        .replace('action.resumeRetryCount', 'action.resumeInterval="1" action.resumeRetryCount'),
    );
    const file = join(folder, 'lines');
    /** Messages that are numbered, so that each of them is looked for. */
    const send = async (from: number): Promise<void> => {
      await writeFile(file, Array.from({ length: 500 }, (_, n) => `message ${from + n}\n`).join(''));
      logger('-u', rsyslog.socket, '-t', 'rsyslog-queue', '-f', file);
    };
    const distinct = async (): Promise<number> => {
      const [row] = await server.database.sql`
        select count(distinct message)::int as n from system_logs where component = 'rsyslog-queue'`;
      return row!.n;
    };
    for (const [at, from] of [0, 1000].entries()) {
      const dataDir = join(folder, `data-${at}`);
      await using spawned = await spawnServer({ ...settings, DATA_DIR: dataDir });
      await send(from);
      // Some are stored, some are under way, and some wait in the queue.
      await until(async () => (await distinct()) > from / 2);
      spawned.process.kill('SIGTERM');
      expect((await spawned.exited).code).toBe(0);
      await send(from + 500);
    }
    await using _ = await spawnServer({ ...settings, DATA_DIR: join(folder, 'data-2') });
    await until(async () => (await distinct()) === 2000, 60_000, '2000 messages');
  });
});

describe.skipIf(syslogNgMissing)(`syslog-ng ${syslogNgMissing ?? ''}`, () => {
  test.each([
    ['network TCP', (to: string) => `network("127.0.0.1" ${to} transport("tcp"));`],
    ['network UDP', (to: string) => `network("127.0.0.1" ${to} transport("udp"));`],
    ['syslog TCP', (to: string) => `syslog("127.0.0.1" ${to} transport("tcp"));`],
    ['syslog UDP', (to: string) => `syslog("127.0.0.1" ${to} transport("udp"));`],
    [
      'syslog TLS',
      () =>
        `syslog("127.0.0.1" port(${tlsPort}) transport("tls") tls(ca-file("${cert}") peer-verify(required-trusted)));`,
    ],
  ])('%s', async (way, destination) => {
    const tag = `ng-${way.replaceAll(/\W+/g, '-')}`.toLowerCase();
    await using syslogNg = await startSyslogNg(destination(`port(${port})`));
    logger('-u', syslogNg.socket, '-t', tag, '--id=4711', '-p', 'local3.err', MESSAGE);
    expect(await one(tag)).toMatchObject({
      level: 'ERROR',
      message: MESSAGE,
      host: expect.any(String),
      attributes: { facility: 'local3', pid: 4711 },
    });
  });
});

describe.skipIf(nginxMissing)(`nginx ${nginxMissing ?? ''}`, () => {
  test('access_log syslog: is understood as a request', async () => {
    await using nginx = await startNginx(`access_log syslog:server=127.0.0.1:${port},tag=front combined;`);
    await fetch(`${nginx.url}/cart/7?x=1`);
    const records = await storedRecords(server, 'component:front "/cart/7"');
    expect(records[0]).toMatchObject({ level: 'ERROR', http: { method: 'GET', path: '/cart/7?x=1', status: 502 } });
  });
});
