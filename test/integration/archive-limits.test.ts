import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { createOperations, type OpenOperation } from '../../src/db/connection/operation.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { createTurns } from '../../src/db/connection/turns.ts';
import { readPage } from '../../src/db/read/logs.ts';
import { QueryCanceled, QueryTimeout, QueryTooComplex } from '../../src/errors.ts';
import { EVERYTHING } from '../../src/log/filter/filter.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { insert, record } from '../support/records.ts';
import { until } from '../support/server.ts';

let archived: ArchivedDatabase;
let openOperation: OpenOperation;
const openWithin = (timeoutMs: number): OpenOperation =>
  createOperations(
    archived.sql,
    createTurns({ total: 6, perClient: 6, perOperation: 6, waiting: 100, waitingPerClient: 100 }),
    timeoutMs,
  );

beforeAll(async () => {
  archived = await createArchivedDatabase();
  await insert(archived.sql, [record({ timestamp: '2001-01-01T00:00:00.000000Z' })]);
  await archived.archivePartitions();
  openOperation = openWithin(60_000);
});
afterAll(() => archived[Symbol.asyncDispose]());

/** For the archive, of any length. */
const question = (sql: Sql, text: string): Promise<object[]> =>
  inSnapshot(sql, async (tx) => {
    const duck = (await archiveIn(tx, ALL_TIME))!;
    return await duck<object[]>`${duck.unsafe(text)}`;
  });
const ENDLESS = 'select sum(a.range * b.range) from range(100000000) as a, range(100000000) as b';

const page = { filter: EVERYTHING, window: ALL_TIME, order: 'NEWEST_FIRST', limit: 10 } as const;
const read = (sql: Sql) => readPage(sql, { ...page, backward: false, after: null, before: null });

/** The programs that read this archive, as numbers of processes. */
const programs = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return command.includes('duckdb/program') && command.includes(archived.folder);
      } catch {
        return false;
      }
    })
    .map(Number);

/** As many as the program works on at the same time: nothing else is answered meanwhile. */
const PLACES = 2;

test('a client that leaves stops its questions: the program is the same one, and free again', async () => {
  expect((await read(openOperation({ client: 'other' }))).records).toHaveLength(1);
  const [before] = programs();
  const client = new AbortController();
  const asked = Array.from({ length: PLACES }, () =>
    question(openOperation({ client: 'slow', gone: client.signal }), ENDLESS),
  );
  const ended = asked.map((one) => expect(one).rejects.toThrow(QueryCanceled));
  let isAnswered = false;
  const next = read(openOperation({ client: 'other' })).then(({ records }) => {
    isAnswered = true;
    return records;
  });
  await until(
    async () =>
      (
        await archived.sql`
    select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`
      ).length ===
      PLACES + 1,
  );
  expect(isAnswered).toBe(false);
  client.abort();
  await Promise.all(ended);
  expect(await next).toHaveLength(1);
  expect(programs()).toEqual([before]);
});

test('the deadline of an operation ends its question', async () => {
  const slow = openWithin(300)({ client: 'slow' });
  await expect(question(slow, ENDLESS)).rejects.toThrow(QueryTimeout);
  expect((await read(openOperation({ client: 'other' }))).records).toHaveLength(1);
});

test('a question that takes too much memory is too complex, and the next one is answered', async () => {
  const large = 'select length(list(range)::varchar) from range(200000000)';
  await expect(question(openOperation({ client: 'large' }), large)).rejects.toThrow(QueryTooComplex);
  const long = 'select range from range(2000000)';
  await expect(question(openOperation({ client: 'large' }), long)).rejects.toThrow(QueryTooComplex);
  expect((await read(openOperation({ client: 'other' }))).records).toHaveLength(1);
});

test('a program that is killed fails its question, and the next one starts another', async () => {
  const asked = question(openOperation({ client: 'slow' }), ENDLESS);
  const failed = expect(asked).rejects.toThrow('the program that reads the archive has ended: SIGKILL');
  await until(() => programs().length === 1);
  const [killed] = programs();
  process.kill(killed!, 'SIGKILL');
  await failed;
  expect((await read(openOperation({ client: 'other' }))).records).toHaveLength(1);
  expect(programs()).toHaveLength(1);
  expect(programs()).not.toContain(killed);
});
