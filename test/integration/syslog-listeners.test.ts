import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { revokeKey } from '../../src/access/keys/change-keys.ts';
import { CannotStart } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { withDatabaseAway } from '../support/database-away.ts';
import { makeKeyIn } from '../support/keys.ts';
import { freePort } from '../support/port.ts';
import { remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';
import { storedRecords } from '../support/stored.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

async function tcp(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  // A socket that is not read does not notice its end.
  return socket.resume();
}

async function udp(port: number, ...datagrams: string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const datagram of datagrams) await new Promise((sent) => socket.send(datagram, port, '127.0.0.1', sent));
  socket.close();
}

const write = (socket: Socket, text: string): Promise<unknown> => new Promise((done) => socket.write(text, done));

const rowsOf = async (component: string): Promise<{ service: string; n: number }[]> =>
  Array.from(
    await database.sql`
      select service, count(*)::int as n from system_logs where component = ${component} group by service`,
  ) as { service: string; n: number }[];
const countOf = async (component: string): Promise<number> =>
  (await rowsOf(component)).reduce((sum, { n }) => sum + n, 0);

/** The codes of health, by a key that may ask. */
async function codes(server: { url: string }, key: string): Promise<string[]> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: '{"query":"{ health { problems { code } } }"}',
  });
  const { data } = (await response.json()) as { data: { health: { problems: { code: string }[] } } };
  return data.health.problems.map(({ code }) => code);
}

describe('the key of a listener', () => {
  test('where keys are required and none is named, the start is refused and says what to do', async () => {
    const starting = startTestServer({ AUTH: 'required', SYSLOG_PORT: String(await freePort()) }, database);
    await expect(starting).rejects.toThrow(CannotStart);
    await expect(starting).rejects.toThrow(
      /^SYSLOG_KEY: expected an API key with the right INGEST, got none.*SYSLOG_OPEN=true/,
    );
  });

  test('SYSLOG_OPEN=true takes records from everyone, and health says so', async () => {
    const port = await freePort();
    const admin = await makeKeyIn(database, ['ADMIN']);
    const settings = { AUTH: 'required', SYSLOG_OPEN: 'true', SYSLOG_PORT: String(port) };
    await using server = await startTestServer(settings, database);
    await udp(port, '<11>open-to-all: x');
    await until(() => countOf('open-to-all'));
    expect(await codes(server, admin.key)).toContain('LISTENER_OPEN');
  });

  test('its stamp is on what comes; once it is revoked, what comes is refused, and health says so', async () => {
    const port = await freePort();
    const admin = await makeKeyIn(database, ['ADMIN']);
    const key = await makeKeyIn(database, ['INGEST'], { stamp: { service: 'devices' } });
    const settings = { AUTH: 'required', SYSLOG_KEY: key.key, SYSLOG_PORT: String(port) };
    await using server = await startTestServer(settings, database);
    await udp(port, '<11>with-key: x');
    const socket = await tcp(port);
    await write(socket, '<11>with-key: y\n');
    await until(async () => (await countOf('with-key')) === 2);
    expect(await rowsOf('with-key')).toEqual([{ service: 'devices', n: 2 }]);

    await revokeKey(database.sql, 'command', key.apiKey.id);
    await until(async () => (await codes(server, admin.key)).includes('LISTENER_KEY_INVALID'));
    const refused = await tcp(port);
    await until(() => refused.closed);
    await write(socket, '<11>with-key: z\n');
    await udp(port, '<11>with-key: z');
    await until(() => socket.closed);
    expect(await countOf('with-key')).toBe(2);
  });

  test('a key without INGEST, or that does not exist, is told by health', async () => {
    const admin = await makeKeyIn(database, ['ADMIN']);
    const reader = await makeKeyIn(database, ['READ']);
    const settings = { AUTH: 'required', SYSLOG_KEY: reader.key, SYSLOG_PORT: String(await freePort()) };
    await using server = await startTestServer(settings, database);
    expect(await codes(server, admin.key)).toContain('LISTENER_KEY_INVALID');
  });

  test('its rate slows connections down, and loses nothing', async () => {
    const port = await freePort();
    const key = await makeKeyIn(database, ['INGEST'], { recordsPerSecond: 100 });
    await using _ = await startTestServer({ SYSLOG_KEY: key.key, SYSLOG_PORT: String(port) }, database);
    // The bucket holds 1000; each submission may overdraw it.
    for (let n = 0; n < 4; n++) {
      (await tcp(port)).end('<11>with-rate: x\n'.repeat(300));
      await sleep(100);
    }
    await until(async () => (await countOf('with-rate')) === 1200, 30_000);
  });
});

describe('who may send', () => {
  test('only the addresses of SYSLOG_ALLOW', async () => {
    const port = await freePort();
    await using server = await startTestServer(
      { SYSLOG_ALLOW: '192.0.2.0/24', METRICS: 'open', SYSLOG_PORT: String(port) },
      database,
    );
    await udp(port, '<11>not-allowed: x');
    const socket = await tcp(port);
    await until(() => socket.closed);
    const dropped = /weir_listener_dropped_total\{protocol="syslog",reason="address"\} 2/;
    await until(async () => dropped.test(await (await fetch(`${server.url}/metrics`)).text()));
    expect(await countOf('not-allowed')).toBe(0);
  });
});

describe('what was read from a socket', () => {
  test('goes to the spool while the database is away, and is stored later', async () => {
    const port = await freePort();
    const settings = { SYSLOG_PORT: String(port), MAX_RETRY_ATTEMPTS: '0', CIRCUIT_BREAKER_TIMEOUT: '1' };
    await using server = await startTestServer(settings, database);
    const socket = await tcp(port);
    await withDatabaseAway(database, async () => {
      await write(socket, '<11>while-away: x\n'.repeat(500));
      await until(async () => {
        const { data } = await server.query<{ health: { spool: { bytes: number } } }>('{ health { spool { bytes } } }');
        return data!.health.spool.bytes > 0;
      });
    });
    await until(async () => (await countOf('while-away')) === 500, 30_000);
    socket.destroy();
  });

  test('is stored or spooled when the server gets SIGTERM', async () => {
    const port = await freePort();
    const dataDir = await temporaryFolder();
    const settings = { LOGS_DATABASE_URL: database.url, DATA_DIR: dataDir, SYSLOG_PORT: String(port) };
    await using server = await spawnServer(settings);
    const socket = await tcp(port);
    // Longer than the time for which messages are gathered, so that some of them wait when the signal comes.
    for (let n = 0; n < 100; n++) {
      await write(socket, `<11>at-sigterm: ${n}\n`.repeat(10));
      await sleep(2);
    }
    server.process.kill('SIGTERM');
    socket.end();
    expect((await server.exited).code).toBe(0);
    expect(await countOf('at-sigterm')).toBe(1000);
    await remove(dataDir);
  });
});

describe('hostile senders', () => {
  test('bytes of every kind are cut and read, and the server goes on', async () => {
    const port = await freePort();
    await using server = await startTestServer({ SYSLOG_PORT: String(port) }, database);
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    const parts = [
      '<34>',
      '<999>',
      '1 ',
      '99999999 <1>',
      '12 <34>',
      '0 <1>',
      '-',
      '[a b="',
      '"]',
      '\\',
      '\n',
      '\0',
      ' ',
      '%SYS-5-X:',
      'Oct 11 22:14:15 ',
      '2026-13-45T99:99:99Z ',
      ':',
      '{"a":',
      '@cee:',
      '\ufeff',
      '\xff',
      'x'.repeat(500),
    ];
    for (let round = 0; round < 40; round++) {
      const bytes = Buffer.from(Array.from({ length: 60 }, () => parts[random(parts.length)]).join(''), 'latin1');
      const socket = await tcp(port);
      const cut = random(bytes.length);
      await new Promise((done) => socket.write(bytes.subarray(0, cut), done));
      socket.end(bytes.subarray(cut));
      await udp(port, bytes.toString('latin1'));
    }
    await udp(port, '<11>after-hostile: x');
    expect(await storedRecords(server, 'component:after-hostile')).toHaveLength(1);
  });

  test('a message without end is cut, and what follows its end is read', async () => {
    const port = await freePort();
    await using server = await startTestServer({ SYSLOG_PORT: String(port) }, database);
    const socket = await tcp(port);
    await write(socket, '<11>endless: ');
    for (let n = 0; n < 64; n++) await write(socket, 'x'.repeat(64 * 1024));
    socket.end('\n<11>after-endless: y\n');
    expect(await storedRecords(server, 'component:after-endless')).toHaveLength(1);
    const [cut] = await storedRecords(server, 'component:endless');
    expect(cut!.message.length).toBeLessThan(300_000);
    expect(cut!.attributes.truncated).toBe(true);
  });
});
