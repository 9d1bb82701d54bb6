import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { withDatabaseAway } from '../support/database-away.ts';
import { freePort } from '../support/port.ts';
import { remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';

/** The database counts as away soon, and is tried again soon. */
const QUICK = {
  RETRY_DELAY_SECONDS: '0.05',
  MAX_RETRY_ATTEMPTS: '1',
  CIRCUIT_BREAKER_THRESHOLD: '2',
  CIRCUIT_BREAKER_TIMEOUT: '0.3',
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** How often each message of an index is stored. */
async function timesStored(index: string): Promise<Record<string, number>> {
  const rows = await database.sql<{ message: string; times: number }[]>`
    select message, count(*)::int as times from system_logs where attributes ->> '_index' = ${index} group by message`;
  return Object.fromEntries(rows.map(({ message, times }) => [message, times]));
}

const onceEach = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`record ${i}`, 1]));

const documentAt = (i: number) => ({
  '@timestamp': new Date(Date.now() - 5).toISOString(),
  message: `record ${i}`,
  level: 'info',
});

test('what the bulk helper is told is stored once, though the server is killed, its database is away, and requests are repeated', async () => {
  const folder = await temporaryFolder();
  const port = await freePort();
  const settings = { LOGS_DATABASE_URL: database.url, DATA_DIR: folder, PORT: String(port), ...QUICK };
  const client = new Client({ node: `http://127.0.0.1:${port}/elastic`, maxRetries: 50 });
  const COUNT = 1200;
  let sent = 0;
  /** Lets the trouble come while records are on their way. */
  async function* documents() {
    for (; sent < COUNT; sent++) {
      if (sent % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      yield documentAt(sent);
    }
  }
  let server = await spawnServer(settings);
  try {
    const bulk = client.helpers.bulk({
      datasource: documents(),
      flushBytes: 5000,
      concurrency: 3,
      wait: 50,
      retries: 50,
      onDocument: () => ({ create: { _index: 'trouble' } }),
    });
    await until(() => sent > 300);
    server.process.kill('SIGKILL');
    await server.exited;
    server = await spawnServer(settings);
    await until(() => sent > 600);
    const stats = await withDatabaseAway(database, () => bulk);
    expect(stats).toMatchObject({ total: COUNT, successful: COUNT, failed: 0, aborted: false });
    await until(
      async () => Object.keys(await timesStored('trouble')).length === COUNT,
      30_000,
      'the replay of the spool',
    );
    expect(await timesStored('trouble')).toEqual(onceEach(COUNT));
  } finally {
    await server[Symbol.asyncDispose]();
    await client.close();
    await remove(folder);
  }
});

test('a bulk that comes again byte by byte is stored once, and so is a document with an id that comes in another bulk', async () => {
  await using server = await startTestServer({}, database);
  const bulk = async (body: string) => {
    const response = await fetch(`${server.url}/elastic/_bulk`, { method: 'POST', body });
    return (await response.json()) as { errors: boolean; items: Record<string, { _id: string; status: number }>[] };
  };
  const action = (id?: string) => JSON.stringify({ create: { _index: 'repeated', _id: id } });
  const [first, second] = [JSON.stringify(documentAt(0)), JSON.stringify(documentAt(1))];
  const body = `${action()}\n${first}\n${action('a')}\n${second}\n`;
  const before = await bulk(body);
  const again = await bulk(body);
  expect(before.items.map(({ create }) => create!.status)).toEqual([201, 201]);
  expect(again.items.map(({ create }) => create!.status)).toEqual([201, 201]);
  // Another bulk, in which the second document has the same id and time.
  expect(await bulk(`${action('a')}\n${second}\n`)).toMatchObject({
    errors: false,
    items: [{ create: { _id: 'a', status: 201 } }],
  });
  expect(await timesStored('repeated')).toEqual(onceEach(2));
});
