import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, chown, stat } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, disconnect } from '../../src/db/connection/client.ts';
import { tryClient } from '../../src/db/connection/pg-client.ts';
import { isUnavailable } from '../../src/db/connection/sqlstate.ts';
import { databaseAddress } from '../../src/db/connection/tls.ts';
import { clusterFolder } from '../../src/db/embedded/cluster.ts';
import { type EmbeddedPostgres, startEmbedded } from '../../src/db/embedded/embedded-postgres.ts';
import { openSealSession } from '../../src/db/partitions/seal-session.ts';
import { migrate, tryMigrate } from '../../src/db/schema/migrate.ts';
import { createProxy } from '../support/chaos/proxy.ts';
import { copyCluster } from '../support/cluster.ts';
import { serverUrl, type TestDatabase } from '../support/database.ts';
import { remove, startTestServer, temporaryFolder } from '../support/server.ts';

let folder: string;
let certificate: string;
let postgres: EmbeddedPostgres;

/** A PostgreSQL with TLS, and a self-signed certificate for `localhost` alone. */
beforeAll(async () => {
  folder = await temporaryFolder();
  await chmod(folder, 0o711);
  certificate = join(folder, 'server.crt');
  const key = join(folder, 'server.key');
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  await copyCluster(folder);
  const cluster = clusterFolder(folder);
  const { uid, gid } = await stat(cluster);
  await chown(key, uid, gid);
  await chmod(key, 0o600);
  await chmod(certificate, 0o644);
  const settings = ['ssl = on', `ssl_cert_file = '${certificate}'`, `ssl_key_file = '${key}'`];
  await appendFile(join(cluster, 'postgresql.conf'), `\n${settings.join('\n')}\n`);
  postgres = await startEmbedded(folder);
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await remove(folder);
});

function urlWith(parameters: Record<string, string>, host = 'localhost'): string {
  const url = new URL(postgres.url);
  url.hostname = host;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** Whether the connections of Weir are encrypted, each kind once. */
async function encrypted(url: string): Promise<Record<string, boolean[]>> {
  await using seal = await openSealSession(url);
  expect(seal).not.toBeNull();
  const sql = connect(url, { max: 1, statementTimeoutMs: 10_000 });
  const rows = await sql<{ name: string; ssl: boolean[] }[]>`
    select split_part(application_name, ' ', 2) as name, array_agg(distinct ssl)::text[] as ssl
    from pg_stat_activity join pg_stat_ssl using (pid) where application_name like 'weir%' group by 1`;
  await disconnect(sql);
  return Object.fromEntries(rows.map(({ name, ssl }) => [name || 'pool', ssl.map((text) => String(text) === 'true')]));
}

describe('every connection to a PostgreSQL with TLS', () => {
  const MODES: [name: string, parameters: () => Record<string, string>, isEncrypted: boolean, host?: string][] = [
    ['no sslmode', () => ({}), true],
    ['disable', () => ({ sslmode: 'disable' }), false],
    ['prefer', () => ({ sslmode: 'prefer' }), true],
    ['require', () => ({ sslmode: 'require' }), true],
    ['require, to an address', () => ({ sslmode: 'require' }), true, '127.0.0.1'],
    ['verify-ca', () => ({ sslmode: 'verify-ca', sslrootcert: certificate }), true, '127.0.0.1'],
    ['verify-full', () => ({ sslmode: 'verify-full', sslrootcert: certificate }), true],
  ];
  test.each(MODES)('reads and writes with %s', async (_, parameters, isEncrypted, host) => {
    const url = urlWith(parameters(), host);
    await using server = await startTestServer({}, { url } as TestDatabase);
    const response = await server.ingest('{"message":"by TLS or not"}');
    expect(await response.json()).toMatchObject({ accepted: 1, durability: 'DATABASE' });
    const { data } = await server.query<{ logs: { totalCount: number } }>('{ logs { totalCount } }');
    expect(data!.logs.totalCount).toBeGreaterThan(0);
    const kinds = await encrypted(url);
    expect(kinds).toMatchObject({ pool: [isEncrypted], writer: [isEncrypted], sealer: [isEncrypted] });
  });

  test.each<[string, () => string, RegExp]>([
    [
      'that nobody vouches for',
      () => urlWith({ sslmode: 'verify-full' }),
      /^LOGS_DATABASE_URL: expected TLS to localhost\S+ by sslmode=verify-full, got: self-signed certificate.*\. Name the root .* sslrootcert=FILE/,
    ],
    [
      'that nobody vouches for',
      () => urlWith({ sslmode: 'verify-ca' }),
      /sslmode=verify-ca, got: self-signed certificate/,
    ],
    [
      'of another host',
      () => urlWith({ sslmode: 'verify-full', sslrootcert: certificate }, '127.0.0.1'),
      /sslmode=verify-full, got: Hostname\/IP does not match certificate's altnames/,
    ],
  ])('is not opened where the certificate is checked, for one %s', async (_, url, sentence) => {
    await expect(migrate(url())).rejects.toThrow(sentence);
  });
});

test('a PostgreSQL without TLS is used with prefer, and refused with require, which a sentence says', async () => {
  const withMode = (sslmode: string) => Object.assign(new URL(serverUrl()), { search: `?sslmode=${sslmode}` }).href;
  await using server = await startTestServer();
  const url = Object.assign(new URL(server.database.url), { search: '?sslmode=prefer' }).href;
  await using preferring = await startTestServer({}, { url } as TestDatabase);
  expect(await (await preferring.ingest('{"message":"x"}')).json()).toMatchObject({ durability: 'DATABASE' });
  await expect(migrate(withMode('require'))).rejects.toThrow(
    /^LOGS_DATABASE_URL: expected TLS .* by sslmode=require, got: the server offers no TLS\. Set ssl = on/,
  );
});

test('a PostgreSQL that freezes behind TLS loses the connection when its time to respond is over', async () => {
  await using proxy = await createProxy(Number(new URL(postgres.url).port));
  const url = Object.assign(new URL(urlWith({ sslmode: 'require' })), { port: String(proxy.port) }).href;
  const sql = connect(url, { max: 1, statementTimeoutMs: 500 });
  expect(await sql`select ssl::text from pg_stat_ssl where pid = pg_backend_pid()`).toEqual([{ ssl: 'true' }]);
  proxy.freeze();
  await expect(sql`select 1`).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await disconnect(sql);
});

describe('a PostgreSQL that does not go on after', () => {
  const OFFERS_TLS = 'S';
  const CONNECTIONS: Record<string, (url: string) => Promise<unknown>> = {
    'a pool': async (url) => {
      const sql = connect(url, { max: 1, statementTimeoutMs: 60_000 });
      await sql`select 1`.finally(() => disconnect(sql));
    },
    'a writer': tryClient,
    'the sealer': openSealSession,
    'a migration': tryMigrate,
  };

  test.each([
    ['the connection was opened', ''],
    ['it offered TLS', OFFERS_TLS],
  ])('%s is given up by each kind of connection', async (_, response) => {
    await using silent = await listenSilently(response);
    const attempts = Object.entries(CONNECTIONS).map(
      async ([kind, attempt]) => [kind, await attempt(silent.url).then(() => 'connected', isUnavailable)] as const,
    );
    expect(Object.fromEntries(await Promise.all(attempts))).toEqual(
      Object.fromEntries(Object.keys(CONNECTIONS).map((kind) => [kind, true])),
    );
  });

  /** Responds with one text to the first bytes of a client, and to nothing after it. */
  async function listenSilently(response: string) {
    const clients = new Set<Socket>();
    const server = createServer((client) => {
      clients.add(client.on('error', () => {}).once('data', () => client.write(response)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      url: `postgres://weir:x@127.0.0.1:${(server.address() as AddressInfo).port}/logs?sslmode=require`,
      async [Symbol.asyncDispose]() {
        for (const client of clients) client.destroy();
        server.close();
        await once(server, 'close');
      },
    };
  }
});

describe('what a URL says about TLS', () => {
  const read = (search: string) => databaseAddress(`postgres://weir:p%40ss@db.example.com/logs${search}`);
  test('is taken out of it, and other parameters stay', () => {
    expect(read('?sslmode=require&application_name=a&sslcert=').url).toBe(
      'postgres://weir:p%40ss@db.example.com/logs?application_name=a',
    );
    expect(read('').url).toBe('postgres://weir:p%40ss@db.example.com/logs');
  });
  test('has the meaning of libpq', () => {
    const meaning = (search: string) => {
      const { tls } = read(search);
      return tls && [tls.isOptional, tls.rejectUnauthorized];
    };
    expect(meaning('?sslmode=disable')).toBeNull();
    expect(meaning('')).toEqual([true, false]);
    expect(meaning('?sslmode=allow')).toEqual([true, false]);
    expect(meaning('?sslmode=require')).toEqual([false, false]);
    expect(meaning('?ssl=true')).toEqual([false, false]);
    expect(meaning(`?sslmode=require&sslrootcert=${certificate}`)).toEqual([false, true]);
    expect(meaning('?sslmode=verify-full')).toEqual([false, true]);
    expect(databaseAddress('postgres://weir@%2Fvar%2Frun/logs?sslmode=require').tls).toBeNull();
  });
  test('that cannot be used is named', () => {
    expect(() => read('?sslmode=full')).toThrow('expected sslmode to be one of disable, allow, prefer');
    expect(() => read('?sslmode=verify-full&sslrootcert=/nowhere.crt')).toThrow(
      /expected a file at sslrootcert, got: ENOENT/,
    );
  });
});
