import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { endPostgres } from '../support/chaos/postgres.ts';
import { copyCluster } from '../support/cluster.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts';
import { needs, ROOT_MISSING } from '../support/needs.ts';
import { freePort } from '../support/port.ts';
import { createClient, remove, spawnServer, spawnWeir, temporaryFolder, until } from '../support/server.ts';

const NOBODY = 65_534;

/** An empty data folder; an embedded PostgreSQL that still runs on it is ended. */
async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder();
  try {
    await work(folder);
  } finally {
    await endPostgres(folder);
    await remove(folder);
  }
}

/** A data folder with an embedded PostgreSQL that no server has used. */
const withCluster = (work: (folder: string) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    await copyCluster(folder);
    await work(folder);
  });

const count = async (client: ReturnType<typeof createClient>): Promise<number> =>
  (await client.query<{ logs: { totalCount: number } }>('{ logs { totalCount } }')).data!.logs.totalCount;

describe('without any setting, a server', () => {
  test('starts on an empty folder, ends on SIGTERM with exit code 0, and finds its records again', () =>
    withFolder(async (folder) => {
      const first = await spawnServer({ DATA_DIR: folder });
      expect(first.stdout()).toMatch(/^Making the database under [^\n]+, once: this takes some seconds\.\n/);
      expect((await first.ingest('{"message":"one"}')).status).toBe(200);
      first.process.kill('SIGTERM');
      expect(await first.exited).toEqual({ code: 0, signal: null });
      const second = await spawnServer({ DATA_DIR: folder });
      expect(second.stdout()).not.toContain('Making the database');
      expect(await count(second)).toBe(1);
      second.process.kill('SIGINT');
      expect(await second.exited).toEqual({ code: 0, signal: null });
    }));

  test('takes over the PostgreSQL that a killed server left running', () =>
    withCluster(async (folder) => {
      const killed = await spawnServer({ DATA_DIR: folder });
      await killed.ingest('{"message":"one"}');
      killed.process.kill('SIGKILL');
      await killed.exited;
      const next = await spawnServer({ DATA_DIR: folder });
      expect(next.stdout()).toContain('that was still running');
      expect(await count(next)).toBe(1);
      next.process.kill('SIGTERM');
      await next.exited;
    }));

  test('refuses a data folder that another server holds, in a sentence', () =>
    withCluster(async (folder) => {
      await using first = await spawnServer({ DATA_DIR: folder });
      await using second = spawnWeir(['serve'], { DATA_DIR: folder, PORT: '0' });
      expect((await second.exited).code).toBe(1);
      expect(second.stderr()).toBe(`weir: another Weir server is running on ${folder}: stop it, or set DATA_DIR\n`);
      expect((await first.ingest('{"message":"one"}')).status).toBe(200);
      first.process.kill('SIGTERM');
      await first.exited;
    }));

  test('runs as an ordinary user too', needs(ROOT_MISSING), () =>
    withFolder(async (folder) => {
      await chown(folder, NOBODY, NOBODY);
      await using server = spawnWeir(['serve'], { DATA_DIR: folder, PORT: '0' }, { cwd: '/', uid: NOBODY });
      const [, url] = await server.says(/GraphiQL\s+(http:\S+)\/graphql/);
      expect((await createClient(url!).ingest('{"message":"one"}')).status).toBe(200);
      server.process.kill('SIGTERM');
      expect((await server.exited).code).toBe(0);
    }),
  );
});

test('root runs it from a folder that is closed to others', needs(ROOT_MISSING), () =>
  withFolder(async (folder) => {
    // Links to the same files: a copy of the programs that only root can reach.
    execFileSync('cp', ['-al', 'src', 'package.json', 'node_modules', folder]);
    const settings = { DATA_DIR: join(folder, 'data'), PORT: '0' };
    await using server = spawnWeir(['serve'], settings, { cwd: folder, program: join(folder, 'src/main.ts') });
    const [, url] = await server.says(/GraphiQL\s+(http:\S+)\/graphql/);
    expect((await createClient(url!).ingest('{"message":"one"}')).status).toBe(200);
    server.process.kill('SIGTERM');
    expect((await server.exited).code).toBe(0);
  }),
);

describe.concurrent('what keeps a server from starting is one clear sentence and exit code 1', () => {
  const refusal = async (settings: Record<string, string>): Promise<string> => {
    const folder = await temporaryFolder();
    try {
      await using server = spawnWeir(['serve'], { DATA_DIR: folder, PORT: '0', ...settings });
      expect((await server.exited).code).toBe(1);
      expect(server.stderr()).not.toMatch(/^\s+at /m);
      return server.stderr();
    } finally {
      await remove(folder);
    }
  };

  test('a port that is taken', async () => {
    await using database = await createTestDatabase();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as { port: number }).port);
    expect(await refusal({ LOGS_DATABASE_URL: database.url, PORT: port })).toBe(
      `weir: cannot listen on 127.0.0.1:${port}: another program uses this port; set PORT to another one\n`,
    );
    other.close();
  });

  test('settings that are wrong, all at once', async () => {
    expect(await refusal({ PORT: 'http', LOG_LEVEL: 'loud' })).toBe(
      'weir: PORT: expected a whole number from 0 to 65535, got "http"\n' +
        'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"\n',
    );
  });

  test('a database that does not answer, after five attempts, without its password', async () => {
    const port = await freePort();
    const said = await refusal({
      LOGS_DATABASE_URL: `postgres://weir:s3cret@127.0.0.1:${port}/logs`,
      LOG_LEVEL: 'silent',
    });
    expect(said).toBe(
      `weir: LOGS_DATABASE_URL: cannot connect to 127.0.0.1:${port}/logs after 5 attempts: connect ECONNREFUSED 127.0.0.1:${port}\n`,
    );
  });

  test('a database that is not there', async () => {
    await using database = await createEmptyDatabase();
    const url = new URL(database.url);
    url.pathname = '/no_such_database';
    expect(await refusal({ LOGS_DATABASE_URL: url.href })).toBe(
      `weir: LOGS_DATABASE_URL: expected a database at ${url.host}/no_such_database in which this role may create tables, got: database "no_such_database" does not exist\n`,
    );
  });

  test('a data folder that is a file', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await refusal({ DATA_DIR: file })).toMatch(/^weir: DATA_DIR: expected a folder .*, got .*\/file: EEXIST/);
    await remove(folder);
  });

  test('a database that is newer than the program', async () => {
    await using database = await createTestDatabase();
    await database.sql`insert into weir_migrations (version, name) values (9999, '9999_future.sql')`;
    expect(await refusal({ LOGS_DATABASE_URL: database.url })).toMatch(
      /^weir: expected a logs database of schema version \d+ or older, got version 9999/,
    );
  });

  test("the application's own database", async () => {
    await using database = await createEmptyDatabase();
    expect(await refusal({ LOGS_DATABASE_URL: database.url, DATABASE_URL: database.url })).toMatch(
      /^weir: LOGS_DATABASE_URL: expected a separate database/,
    );
  });
});

test('several servers that start at once on an empty database all migrate it', async () => {
  await using database = await createEmptyDatabase();
  const folders = await Promise.all([1, 2, 3].map(temporaryFolder));
  const servers = await Promise.all(
    folders.map((DATA_DIR) => spawnServer({ DATA_DIR, LOGS_DATABASE_URL: database.url })),
  );
  await Promise.all(servers.map((server) => server.ingest('{"message":"one"}')));
  expect(await count(servers[0]!)).toBe(3);
  for (const server of servers) await server[Symbol.asyncDispose]();
  await Promise.all(folders.map(remove));
});

test('what was taken in when SIGTERM comes is stored, and answered', async () => {
  await using database = await createTestDatabase();
  const folder = await temporaryFolder();
  await using server = await spawnServer({ DATA_DIR: folder, LOGS_DATABASE_URL: database.url });
  const blocker = await database.sql.reserve();
  await server.ingest('{"message":"first"}');
  await blocker`begin`;
  await blocker`select pg_advisory_xact_lock(hashtext('weir'), hashtext('commit'))`;
  const waiting = server.ingest('{"message":"held at its commit"}');
  await until(async () => {
    const [row] = await database.sql<
      { n: number }[]
    >`select count(*) as n from pg_locks where locktype = 'advisory' and not granted`;
    return row!.n > 0;
  });
  server.process.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 300));
  await blocker`commit`;
  blocker.release();
  expect((await waiting).status).toBe(200);
  expect((await server.exited).code).toBe(0);
  const [row] = await database.sql<
    { n: number }[]
  >`select count(*) as n from system_logs where ts > now() - interval '1 day' and ts < now() + interval '1 day'`;
  expect(row!.n).toBe(2);
  await remove(folder);
});

/** A way to the test database that can be made to carry nothing more, without closing anything. */
async function openWay(database: URL) {
  const sockets: Socket[] = [];
  const way = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: Number(database.port), host: database.hostname, allowHalfOpen: true });
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(way, 'listening');
  const url = new URL(database.href);
  url.host = `127.0.0.1:${(way.address() as { port: number }).port}`;
  return {
    url: url.href,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      way.close();
    },
  };
}

test('a database that has stopped answering does not keep a server from ending within 10 s', async () => {
  await using database = await createTestDatabase();
  using way = await openWay(new URL(database.url));
  const folder = await temporaryFolder();
  const spawnedAt = performance.now();
  await using server = await spawnServer({ DATA_DIR: folder, LOGS_DATABASE_URL: way.url });
  const startMs = performance.now() - spawnedAt;
  await server.ingest('{"message":"stored"}');
  way.freeze();
  const waiting = server.ingest('{"message":"never stored"}').catch(() => 'cut');
  const toldAt = performance.now();
  server.process.kill('SIGTERM');
  expect((await server.exited).code).toBe(0);
  // A busy machine, on which a server takes long to start, may take as much longer to end it.
  expect(performance.now() - toldAt).toBeLessThan(10_000 + startMs);
  await waiting;
  await remove(folder);
});

test('npm, told to end, ends the server that it started', async () => {
  await using database = await createTestDatabase();
  const folder = await temporaryFolder();
  const npm = spawn('npm', ['start'], {
    env: { ...process.env, LOGS_DATABASE_URL: database.url, DATA_DIR: folder, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  npm.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const [, url] = await until(() => /GraphiQL\s+(http:\S+)\/graphql/.exec(said), 20_000, 'a server that is ready');
  npm.kill('SIGTERM');
  expect((await once(npm, 'close'))[0]).toBe(0);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  await remove(folder);
});
