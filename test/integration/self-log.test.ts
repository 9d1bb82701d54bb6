import { expect, test } from 'vitest';
import { connect } from '../../src/db/connection/client.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { scrape } from '../support/metrics.ts';
import { LINUX_MISSING, needs } from '../support/needs.ts';
import { remove, spawnServer, temporaryFolder, until } from '../support/server.ts';

const QUICK = {
  RETRY_DELAY_SECONDS: '0.05',
  MAX_RETRY_ATTEMPTS: '1',
  CIRCUIT_BREAKER_THRESHOLD: '2',
  CIRCUIT_BREAKER_TIMEOUT: '0.3',
};
const POISON = '{"message":"poison"}';
const REJECTED = 'PostgreSQL rejected a record';

interface Line {
  service: string;
  component: string | null;
  message: string;
  stack_trace: string | null;
}

const linesOf = ({ sql }: Pick<TestDatabase, 'sql'>): Promise<Line[]> => sql<Line[]>`
  select service, component, message, stack_trace from system_logs
  where service = 'weir' and ts > now() - interval '1 day' and ts < now() + interval '1 day' order by ts, uid`;

async function startServer(url: string) {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder(), remove);
  const server = stack.use(await spawnServer({ LOGS_DATABASE_URL: url, DATA_DIR: folder, SELF_LOG: 'true', ...QUICK }));
  const opened = stack.move();
  return { ...server, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test("the server's own log is on stderr and, as records of the service weir, in its store", async () => {
  await using database = await createTestDatabase();
  await using server = await startServer(database.url);
  await server.ingest('{"message":"before"}');
  await database.sql`alter table system_logs add constraint no_poison check (message not like 'poison%')`;
  await server.ingest(POISON);
  const line = await until(async () => (await linesOf(database)).find(({ message }) => message === REJECTED));
  expect(line).toMatchObject({ service: 'weir', component: 'ingest' });
  expect(line.stack_trace).toContain('no_poison');
  expect(server.stderr()).toContain(REJECTED);
});

test('lines that PostgreSQL rejects cause no more lines', async () => {
  await using database = await createTestDatabase();
  await using server = await startServer(database.url);
  await server.ingest('{"message":"before"}');
  await database.sql`alter table system_logs add constraint no_weir check (service <> 'weir' and message <> 'poison')`;
  await server.ingest(POISON);
  const dropped = async (reason: string): Promise<number> =>
    (await scrape(server.url)).get(`weir_self_log_dropped_total{reason="${reason}"}`)!;
  await until(async () => (await dropped('failed')) >= 1, 10_000, 'a line that could not be stored');
  const lines = (): number => server.stderr().split(REJECTED).length - 1;
  const before = lines();
  // A loop makes a line each time its records are submitted: some hundred milliseconds are enough for the next one.
  for (let i = 0; i < 20; i++) {
    await server.ingest('{"message":"fine"}');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(lines()).toBe(before);
  expect(await dropped('loop')).toBeGreaterThanOrEqual(1);
  expect(await linesOf(database)).toEqual([]);
});

test(
  'while PostgreSQL is stopped, the lines that say so go to the spool, and are in the store later',
  needs(LINUX_MISSING),
  async () => {
    await using postgres = await createPostgres();
    await using server = await startServer(postgres.url);
    await server.ingest('{"message":"before"}');
    await postgres.stop();
    expect((await (await server.ingest('{"message":"meanwhile"}')).json()).durability).toBe('SPOOL');
    await until(
      async () => (await scrape(server.url)).get('weir_self_log_records_total')! >= 1,
      30_000,
      'spooled lines',
    );
    const lines = server.stderr().split('\n').length;
    await postgres.start();
    const sql = connect(postgres.url, { max: 1, statementTimeoutMs: 10_000 });
    try {
      const isStored = async (): Promise<boolean> =>
        (await linesOf({ sql })).some(({ message }) => message.includes('the logs database does not respond'));
      await until(isStored, 60_000, 'the line in the store');
      expect((await linesOf({ sql })).length).toBeLessThan(50);
    } finally {
      await sql.end();
    }
    expect(server.stderr().split('\n').length).toBeLessThan(lines + 50);
  },
);
