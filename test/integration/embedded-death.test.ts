import { appendFile, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { connect, disconnect } from '../../src/db/connection/client.ts';
import { type EmbeddedPostgres, startEmbedded } from '../../src/db/embedded/embedded-postgres.ts';
import { findPostmaster } from '../../src/db/embedded/postmaster.ts';
import type { RestartLimits } from '../../src/db/embedded/supervisor.ts';
import { endPostgres } from '../support/chaos/postgres.ts';
import { copyCluster } from '../support/cluster.ts';
import { LINUX_MISSING, needs } from '../support/needs.ts';
import { type Client, remove, spawnServer, temporaryFolder, until } from '../support/server.ts';

/** The first batch that fails goes to the spool, and a second later the database is tried again. */
const QUICK_SPOOL = { MAX_RETRY_ATTEMPTS: '0', CIRCUIT_BREAKER_THRESHOLD: '1', CIRCUIT_BREAKER_TIMEOUT: '1' };
const QUICK: RestartLimits = {
  lookEveryMs: 20,
  backoff: { firstMs: 20, maxMs: 100 },
  failuresMax: 3,
  giveUpAfterMs: 0,
};

async function withCluster(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder();
  await copyCluster(folder);
  try {
    await work(folder);
  } finally {
    await endPostgres(folder);
    await remove(folder);
  }
}

const postmasterOf = (folder: string) => findPostmaster(join(folder, 'postgres'));

/** As the OOM killer does. */
async function killPostgres(folder: string): Promise<number> {
  const { pid } = (await postmasterOf(folder))!;
  process.kill(pid, 'SIGKILL');
  return pid;
}

/** Fails while the server is away. */
async function answer({ url }: EmbeddedPostgres): Promise<boolean> {
  const sql = connect(url, { max: 1, statementTimeoutMs: 5000 });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await disconnect(sql);
  }
}

const durability = async (client: Client, message: string): Promise<string> => {
  const response = await client.ingest(JSON.stringify({ message }));
  return ((await response.json()) as { durability: string }).durability;
};

test('a server goes on when its PostgreSQL is killed: records go to the spool, and from there to the database', () =>
  withCluster(async (folder) => {
    await using server = await spawnServer({ DATA_DIR: folder, ...QUICK_SPOOL });
    expect(await durability(server, 'before')).toBe('DATABASE');
    const killed = await killPostgres(folder);
    let sent = 1;
    const send = async () => durability(server, `after ${sent++}`);
    await until(async () => (await send()) === 'SPOOL', 10_000, 'a record in the spool');
    await until(async () => (await send()) === 'DATABASE', 60_000, 'a record in the database');
    const count = async () =>
      (await server.query<{ logs: { totalCount: number } }>('{ logs { totalCount } }')).data?.logs.totalCount;
    await until(async () => (await count()) === sent, 60_000, 'every record in the database');
    expect((await postmasterOf(folder))!.pid).not.toBe(killed);

    server.process.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    // An orderly end is not taken for a death.
    expect(await postmasterOf(folder)).toBeUndefined();
    expect(server.stderr().match(/has ended: it is started again/g)).toHaveLength(1);
  }));

test('the spool is replayed as soon as PostgreSQL runs again, however long the breaker would wait', () =>
  withCluster(async (folder) => {
    await using server = await spawnServer({ DATA_DIR: folder, ...QUICK_SPOOL, CIRCUIT_BREAKER_TIMEOUT: '600' });
    await killPostgres(folder);
    await until(async () => (await durability(server, 'kept')) === 'SPOOL', 10_000, 'a record in the spool');
    await until(async () => (await durability(server, 'later')) === 'DATABASE', 60_000, 'a record in the database');
    const oldest = async () =>
      (await server.query<{ health: { spool: { oldestAt: string | null } } }>('{ health { spool { oldestAt } } }'))
        .data!.health.spool.oldestAt;
    await until(async () => (await oldest()) === null, 10_000, 'an empty spool');
  }));

test('a server whose PostgreSQL has lost its folder spools what it holds, says why, and ends with exit code 1', () =>
  withCluster(async (folder) => {
    await using server = await spawnServer({ DATA_DIR: folder, ...QUICK_SPOOL, LOG_LEVEL: 'silent' });
    await server.ingest('{"message":"stored"}');
    const { pid } = (await postmasterOf(folder))!;
    await rename(join(folder, 'postgres'), join(folder, 'postgres.moved'));
    process.kill(pid, 'SIGKILL');
    const given = await durability(server, 'accepted').catch(() => 'none');
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(server.stderr()).toMatch(/^weir: expected the data folder of the embedded PostgreSQL at .*ENOENT/);
    if (given === 'SPOOL') {
      expect((await readdir(join(folder, 'spool'))).some((name) => name.endsWith('.spool'))).toBe(true);
    }
  }));

test('a PostgreSQL that does not start is tried again on the same port', () =>
  withCluster(async (folder) => {
    await using postgres = await startEmbedded(folder, { restartLimits: { ...QUICK, failuresMax: 1000 } });
    const { port } = (await postmasterOf(folder))!;
    const settings = join(folder, 'postgres/postgresql.conf');
    const good = await readFile(settings, 'utf8');
    await appendFile(settings, '\nno_such_setting = on\n');
    await killPostgres(folder);
    const log = () => readFile(join(folder, 'postgres.log'), 'utf8');
    await until(async () => (await log()).split('no_such_setting').length > 2, 30_000, 'two failed starts');
    await writeFile(settings, good);
    await until(() => answer(postgres), 60_000, 'a server on the same port');
    expect((await postmasterOf(folder))!.port).toBe(port);
  }));

test('a PostgreSQL that does not start is given up after the failures that are allowed, with the reason', () =>
  withCluster(async (folder) => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    await using postgres = await startEmbedded(folder, { restartLimits: QUICK, log });
    await appendFile(join(folder, 'postgres/postgresql.conf'), '\nno_such_setting = on\n');
    await killPostgres(folder);
    const failure = await postgres.failed;
    expect(failure.message).toMatch(
      /^the embedded PostgreSQL does not start: .*FATAL.*contains errors.*; 3 starts have failed$/,
    );
    expect(lines.filter((line) => line.includes('does not start: it will be tried again'))).toHaveLength(2);
  }));

test('another major version of PostgreSQL is no reason to try again', () =>
  withCluster(async (folder) => {
    await using postgres = await startEmbedded(folder, { restartLimits: { ...QUICK, failuresMax: 1000 } });
    await writeFile(join(folder, 'postgres/PG_VERSION'), '17\n');
    await killPostgres(folder);
    expect((await postgres.failed).message).toMatch(
      /expected a data folder of PostgreSQL 18, got one of PostgreSQL 17/,
    );
  }));

test('a session that runs a long statement does not keep its killed server from starting', needs(LINUX_MISSING), () =>
  withCluster(async (folder) => {
    await using postgres = await startEmbedded(folder, { restartLimits: QUICK });
    const busy = connect(postgres.url, { max: 1, statementTimeoutMs: 0 });
    const observer = connect(postgres.url, { max: 1, statementTimeoutMs: 5000 });
    const lost = busy`select count(*) from generate_series(1, 100000) a, generate_series(1, 10000000) b`.catch(
      () => 'lost',
    );
    await until(async () => {
      const [row] = await observer<{ n: number }[]>`
        select count(*) as n from pg_stat_activity where query like '%generate_series%' and pid <> pg_backend_pid()`;
      return row!.n > 0;
    });
    await killPostgres(folder);
    expect(await lost).toBe('lost');
    await until(() => answer(postgres), 60_000, 'a server that runs again');
    await Promise.all([disconnect(busy), disconnect(observer)]);
  }),
);
