import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServerAdapter } from '@whatwg-node/server';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANYONE } from '../../src/access/caller.ts';
import { loadConfig } from '../../src/config.ts';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { createOperations, type OpenOperation } from '../../src/db/connection/operation.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { createTurns } from '../../src/db/connection/turns.ts';
import { readPage } from '../../src/db/read/logs.ts';
import { QueryCanceled, QueryTimeout, QueryTooComplex } from '../../src/errors.ts';
import { createGraphql } from '../../src/http/graphql/graphql.ts';
import { EVERYTHING } from '../../src/log/filter/filter.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import type { Services } from '../../src/resolvers/context.ts';
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

test('a client that disconnects stops its question, also one that the program has yet to begin', async () => {
  const { sql } = archived;
  const graphql = createGraphql({
    ...{ config: loadConfig({}), sql, log: pino({ level: 'silent' }) },
  } as unknown as Services);
  const adapter = createServerAdapter((request: Request) => graphql.handle(request, ANYONE));
  const http = createServer(adapter).listen(0, '127.0.0.1');
  try {
    await once(http, 'listening');
    await read(sql);
    const [program] = programs();
    const transactions = () => sql`
      select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`;
    const client = new AbortController();
    process.kill(program!, 'SIGSTOP');
    try {
      const answer = fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ logs(time: { from: "2001-01-01T00:00:00Z" }) { nodes { message } } }' }),
        signal: client.signal,
      });
      const gone = expect(answer).rejects.toThrow('aborted');
      const asked = Array.from({ length: PLACES - 1 }, () =>
        question(openOperation({ client: 'slow', gone: client.signal }), ENDLESS),
      );
      const ended = asked.map((one) => expect(one).rejects.toThrow(QueryCanceled));
      await until(async () => (await transactions()).length === PLACES);
      client.abort();
      await Promise.all([gone, ...ended]);
      await until(async () => (await transactions()).length === 0);
    } finally {
      process.kill(program!, 'SIGCONT');
    }
    expect((await read(openOperation({ client: 'other' }))).records).toHaveLength(1);
    expect((await Promise.all(Array.from({ length: PLACES }, () => read(sql)))).length).toBe(PLACES);
    expect(programs()).toEqual([program]);
  } finally {
    http.close();
    http.closeAllConnections();
  }
});

test('the deadline of an operation ends its question, wherever it comes', async () => {
  await read(archived.sql);
  const [program] = programs();
  for (const ms of [1, 5, 10, 20, 40, 80, 300]) {
    const asked = Array.from({ length: PLACES }, () => question(openWithin(ms)({ client: 'slow' }), ENDLESS));
    for (const one of await Promise.allSettled(asked)) {
      expect(one).toMatchObject({ status: 'rejected', reason: expect.any(QueryTimeout) });
    }
  }
  // A question that went on would keep its place until its program is killed.
  expect((await read(openOperation({ client: 'other' }))).records).toHaveLength(1);
  expect(programs()).toEqual([program]);
});

test('a question that takes too much memory is too complex, and the next one is answered', async () => {
  const large = 'select length(list(range)::varchar) from range(100000000)';
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
