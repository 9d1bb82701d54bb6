import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyObjects, HOSTILE_CASES } from '../support/hostile-requests.ts';
import type { LoopLine } from '../support/loop-watch.ts';
import { type Client, remove, type Spawned, spawnServer, temporaryFolder } from '../support/server.ts';
import { readLoop, watchedBy } from '../support/watched-loop.ts';

/** The longest delay of the event loop, in times of one `JSON.parse` of 4 MiB in the same process. */
const DELAY_FACTOR_MAX = 8;
/** Other programs may take the processor from the server: the best of these tries counts. */
const TRIES_MAX = 12;
/** graphql-js coerces the records of a mutation in one go, some 10 us each: that cannot be sliced. */
const MUTATION = 'the most records of a mutation';
const MUTATION_FACTOR_MAX = 16;

let folder: string;
let database: TestDatabase;
let server: Spawned & Client;
beforeAll(async () => {
  folder = await temporaryFolder();
  database = await createTestDatabase();
  server = await spawnServer({
    LOGS_DATABASE_URL: database.url,
    DATA_DIR: folder,
    // The bodies below take a heap of this size many times over if they are parsed whole.
    ...watchedBy(folder, 400),
  });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
  await remove(folder);
});

/** What the loop was since the last call. */
const loop = (): Promise<LoopLine> => readLoop(server.process, folder);

test.each(HOSTILE_CASES)(
  'no other request waits long for $name',
  { timeout: 300_000 },
  async ({ name, send, expected }) => {
    const factorMax = name === MUTATION ? MUTATION_FACTOR_MAX : DELAY_FACTOR_MAX;
    let factor = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < TRIES_MAX && factor > factorMax; tries++) {
      const { parseMs } = await loop();
      expect(await send(server.url)).toMatch(expected);
      const { delayMs, parseMs: after } = await loop();
      factor = Math.min(factor, delayMs / Math.max(parseMs, after));
    }
    expect(factor).toBeLessThan(factorMax);
  },
);

test('bodies that would parse to many times the heap are rejected record by record, several at once', {
  timeout: 300_000,
}, async () => {
  const body = emptyObjects(8 * 1024 * 1024);
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const responses = await Promise.all(Array.from({ length: 7 }, () => server.ingest(body, headers)));
  for (const response of responses) {
    const { rejected, rejectedCount } = await response.json();
    expect(response.status).toBe(400);
    expect([rejected.length, rejectedCount]).toEqual([10_000, Math.floor((8 * 1024 * 1024) / 3) + 1]);
  }
  expect(server.process.exitCode).toBeNull();
  expect(await server.query('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
});
