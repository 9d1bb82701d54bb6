import fc from 'fast-check';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ANYONE, type Caller } from '../../src/access/caller.ts';
import { connect, disconnect } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { readCalls, readContents } from '../../src/db/read/llm-calls.ts';
import { hasGaps } from '../../src/db/rollups/rollup-gaps.ts';
import { keepRollups } from '../../src/db/rollups/rollup-keeper.ts';
import { readDatabaseReport } from '../../src/db/schema/database-report.ts';
import { llmTotals } from '../../src/db/stats/llm-stats.ts';
import type { CommittedBatch } from '../../src/live/bus.ts';
import { createRedisBus } from '../../src/live/redis-bus.ts';
import { encodeLogId, type Position } from '../../src/log/cursor.ts';
import { EVERYTHING } from '../../src/log/filter/filter.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { shift } from '../../src/log/time.ts';
import { CONTENTS_MAX, createCallLoader } from '../../src/resolvers/llm-loaders.ts';
import { createTestApi, type TestApi } from '../support/api.ts';
import { anyLlmCall, anyLlmContent } from '../support/arbitraries.ts';
import { createTestIngest, type TestIngest } from '../support/ingest.ts';
import { needs } from '../support/needs.ts';
import { calling, llmCall, record } from '../support/records.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { remove, temporaryFolder, until } from '../support/server.ts';

const CONTENT = { input: [{ role: 'user', content: 'where is my order?' }], output: 'on its way' };
const AT = '2026-11-21T12:00:00.000000Z';

describe('what is stored', () => {
  let store: TestIngest;
  let published: CommittedBatch[];
  beforeEach(async () => {
    published = [];
    store = await createTestIngest({ publish: (batch) => published.push(batch) });
  });
  afterEach(() => store[Symbol.asyncDispose]());

  const put = (...records: NewRecord[]) => store.ingest.store({ records, rejected: [], idempotency: null });
  const rows = (table: 'llm_logs' | 'llm_contents') => store.database.sql`select * from ${store.database.sql(table)}`;
  const partitionsOf = async (table: string) =>
    (
      await store.database.sql<{ name: string; bounds: string }[]>`
        select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
        from pg_inherits join pg_class c on c.oid = inhrelid
        where inhparent = ${table}::regclass and c.relkind = 'r' order by 1`
    ).map(({ name, bounds }) => ({ suffix: name.slice(table.length), bounds }));

  test('of a call are its fields, and those of its record that sums need; its content lies apart', async () => {
    const draft = {
      timestamp: AT,
      service: 'shop',
      component: 'assistant',
      environment: 'test',
      userId: 'ann',
      correlationId: 'c1',
      pipelineId: 'p1',
      durationMs: 1800,
      errorType: 'Timeout',
    };
    const one = calling(draft, { finishReasons: ['stop', 'a "b"'] }, CONTENT);
    await put(one, record());
    expect(await rows('llm_logs')).toMatchObject([
      {
        ...{ ts: AT, uid: one.uid, operation: 'chat', provider: 'openai', request_model: 'gpt-4o', counted: true },
        ...{ input_tokens: 120, output_tokens: 30, cost_nano_usd: 1_200_000, cost_source: 'SENDER' },
        ...{ time_to_first_token_ms: 350.5, finish_reasons: ['stop', 'a "b"'], parameters: { temperature: 0.2 } },
        ...{ service: 'shop', component: 'assistant', environment: 'test', user_id: 'ann', correlation_id: 'c1' },
        ...{ pipeline_id: 'p1', duration_ms: 1800, has_error: true },
      },
    ]);
    expect(await rows('llm_contents')).toEqual([{ ts: AT, uid: one.uid, ...CONTENT }]);
    expect(await store.database.sql`select rows, calls from ingest_batches`).toEqual([{ rows: 2, calls: 1 }]);
  });

  test('any call and content is read as it was stored', async () => {
    const calls = fc.sample(fc.tuple(anyLlmCall, anyLlmContent), 200);
    const records = calls.map(([llm, llmContent]) => ({ ...record(), llm, llmContent }));
    await put(...records);
    expect(await readCalls(store.database.sql, records)).toEqual(calls.map(([llm]) => llm));
    expect(await readContents(store.database.sql, records)).toEqual(calls.map(([, content]) => content));
  });

  test('without a call, there is no row and no partition for one', async () => {
    await put(record(), record());
    expect(await rows('llm_logs')).toEqual([]);
    expect(await partitionsOf('llm_logs')).toEqual([]);
    expect(await partitionsOf('llm_contents')).toEqual([]);
  });

  test('the bus has the call, but never its content', async () => {
    await put(calling({}, {}, CONTENT), record());
    const records = published.flatMap((batch) => batch.records ?? []) as NewRecord[];
    expect(records.map(({ llm }) => llm?.provider ?? 'none').sort()).toEqual(['none', 'openai']);
    expect(JSON.stringify(records)).not.toContain('where is my order');
  });

  test('a call whose record a server without this table removed is replaced and counted once, when its uid comes again', async () => {
    const { sql } = store.database;
    const one = calling({ timestamp: AT }, {}, CONTENT);
    await put(one, calling({ timestamp: AT }));
    await sql`delete from system_logs where uid = ${one.uid}`;
    const again = { ...one, llm: llmCall({ inputTokens: 7 }), llmContent: { input: 'again', output: null } };
    expect((await put(again, calling({ timestamp: AT }))).duplicates).toBe(0);
    expect(await sql`select input_tokens from llm_logs where uid = ${one.uid}`).toEqual([{ input_tokens: 7 }]);
    expect(await rows('llm_contents')).toMatchObject([{ uid: one.uid, input: 'again', output: null }]);
    const minute = { from: AT, to: shift(AT, 60_000) };
    const sums = () => inSnapshot(sql, (tx) => llmTotals(tx, EVERYTHING, minute));
    const exact = { calls: 3, inputTokens: 2 * 120 + 7 };
    expect(await sums()).toMatchObject(exact);
    while (await hasGaps(sql)) await keepRollups(sql);
    expect(await sums()).toMatchObject(exact);
  });

  test('a record that is sent again under its uid adds no second call', async () => {
    const one = calling({ timestamp: AT }, {}, CONTENT);
    await put(one);
    const again = { ...one, llm: llmCall({ inputTokens: 7 }) };
    expect((await put(again, again, calling())).duplicates).toBe(2);
    const stored = await store.database.sql`select input_tokens from llm_logs order by input_tokens`;
    expect(stored).toEqual([{ input_tokens: 120 }, { input_tokens: 120 }]);
  });

  test('its partitions have the bounds of those of its record, and are made for the first call in one', async () => {
    const late = '2001-05-01T00:00:00.000000Z';
    await put(record({ timestamp: late }), calling({}, {}, CONTENT));
    const [, newest] = await partitionsOf('system_logs');
    expect(await partitionsOf('llm_logs')).toEqual([newest]);
    // The partition of the record is there already, as one that a server of the version before has made.
    await put(calling({ timestamp: late }));
    expect(await partitionsOf('llm_logs')).toEqual(await partitionsOf('system_logs'));
    expect(await partitionsOf('llm_contents')).toEqual([newest]);
    expect(await rows('llm_logs')).toHaveLength(2);
  });

  test('two servers that store the first calls of several days at once store them all', async () => {
    await using other = await createTestIngest({ database: store.database });
    const days = Array.from({ length: 8 }, (_, n) => `20${String(n + 10)}-05-01T00:00:00.000000Z`);
    await Promise.all(
      days.flatMap((timestamp) => [
        put(calling({ timestamp })),
        other.ingest.store({ records: [calling({ timestamp }, {}, CONTENT)], rejected: [], idempotency: null }),
      ]),
    );
    expect(await rows('llm_logs')).toHaveLength(16);
    expect(await partitionsOf('llm_logs')).toEqual(await partitionsOf('system_logs'));
  });

  test('a partition that another server removed and made again under other bounds gets its calls', async () => {
    const { sql } = store.database;
    await put(calling({ timestamp: '2001-05-01T00:00:00.000000Z' }));
    const [year] = await partitionsOf('system_logs');
    // A server of the version before does not know llm_logs.
    await sql.unsafe(`
      drop table system_logs${year!.suffix};
      delete from log_partitions;
      create table system_logs_wide (like system_logs including defaults);
      alter table system_logs_wide add primary key (ts, uid);
      alter table system_logs attach partition system_logs_wide for values from ('2000-01-01Z') to ('2003-01-01Z');
      insert into log_partitions (name, from_ts, to_ts) values ('system_logs_wide', '2000-01-01Z', '2003-01-01Z');`);
    const times = ['2000-02-01', '2001-02-01', '2002-02-01'].map((date) => `${date}T00:00:00.000000Z`);
    await put(...times.map((timestamp) => calling({ timestamp })));
    const stored = await sql<{ ts: string }[]>`select ts from llm_logs where batch_id > 0 order by ts`;
    expect(stored.map(({ ts }) => ts)).toEqual([times[0], times[1], '2001-05-01T00:00:00.000000Z', times[2]]);
    // Together they cover it, without an overlap.
    expect(await sql`select from_ts, to_ts from llm_log_partitions order by from_ts`).toEqual([
      { from_ts: '2000-01-01T00:00:00.000000Z', to_ts: '2001-01-01T00:00:00.000000Z' },
      { from_ts: '2001-01-01T00:00:00.000000Z', to_ts: '2002-01-01T00:00:00.000000Z' },
      { from_ts: '2002-01-01T00:00:00.000000Z', to_ts: '2003-01-01T00:00:00.000000Z' },
    ]);
  });

  test('a call that PostgreSQL rejects takes only its own record with it', async () => {
    const bad = calling({ message: 'bad' }, { inputTokens: 1e300 });
    bad.at = 2;
    const result = await put(calling({ message: 'good' }), bad, record({ message: 'plain' }));
    expect(result.rejected).toMatchObject([{ at: 2, code: 'REFUSED_BY_DATABASE' }]);
    expect((await store.messages()).sort()).toEqual(['good', 'plain']);
    expect(await rows('llm_logs')).toHaveLength(1);
  });

  test('health names a partition of calls that is missing', async () => {
    await put(calling());
    const [partition] = await partitionsOf('llm_logs');
    await store.database.sql.unsafe(`drop table llm_logs${partition!.suffix}`);
    expect((await readDatabaseReport(store.database.sql)).missing).toEqual([
      `llm_logs${partition!.suffix}`,
      ...['batch', 'correlation', 'pipeline'].map((name) => `idx_llm_logs_${name}${partition!.suffix}`),
    ]);
  });
});

describe('what is read', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await createTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());
  const CALL = 'llm { operation requestModel inputTokens costUsd costSource finishReasons parameters }';
  const SHOWN = {
    ...{ operation: 'chat', requestModel: 'gpt-4o', inputTokens: 120, costUsd: 0.0012, costSource: 'SENDER' },
    ...{ finishReasons: ['stop'], parameters: { temperature: 0.2 } },
  };
  const ask = async (query: string, caller: Caller = ANYONE) => {
    const { data, errors } = await api.query(caller, query);
    expect(errors).toBeUndefined();
    return data as Record<string, unknown>;
  };

  test('a page, a record by its id, its surroundings and its chain all have the call', async () => {
    const draft = { correlationId: 'c1', severityNumber: 17, timestamp: AT };
    const one = calling(draft);
    await api.store(one, record({ timestamp: '2026-11-21T12:00:01.000000Z' }));
    const id = JSON.stringify(encodeLogId(one));
    const data = await ask(`{
      logs(order: OLDEST_FIRST) { nodes { ${CALL} } }
      log(id: ${id}) { ${CALL} surrounding { ${CALL} } correlation { firstError { ${CALL} } logs { nodes { ${CALL} } } } }
      node(id: ${id}) { ... on Log { ${CALL} } }
    }`);
    expect(data).toEqual({
      logs: { nodes: [{ llm: SHOWN }, { llm: null }] },
      log: {
        llm: SHOWN,
        surrounding: [{ llm: SHOWN }, { llm: null }],
        correlation: { firstError: { llm: SHOWN }, logs: { nodes: [{ llm: SHOWN }] } },
      },
      node: { llm: SHOWN },
    });
  });

  test('a tail has the call of live, replayed and backfilled records, and never the content', async () => {
    await api.store(record({ message: 'before' }));
    const { logs } = await ask('{ logs { tailCursor } }');
    const cursor = (logs as { tailCursor: string }).tailCursor;
    await api.store(calling({ message: 'call' }, {}, CONTENT), record({ message: 'after' }));
    const tail = (args: string) =>
      api.subscribe(ANYONE, `subscription { tail${args} { logs { message llm { inputTokens input output } } } }`);
    const streams = { replayed: await tail(`(after: "${cursor}")`), backfilled: await tail('(backfill: 3)') };
    const live = await tail('');
    await until(() => live.results.length > 0, 10_000, 'the first event');
    await api.store(calling({ message: 'live' }, { inputTokens: 7 }, CONTENT));
    const seen = (stream: typeof live) =>
      stream.results.flatMap(({ data }) => (data!.tail as { logs: { message: string; llm: unknown }[] }).logs);
    await until(() => seen(live).length === 1, 10_000, 'the live record');
    const content = { input: null, output: null };
    expect(seen(live)).toEqual([{ message: 'live', llm: { inputTokens: 7, ...content } }]);
    for (const [name, stream] of Object.entries(streams)) {
      await until(() => seen(stream).some(({ message }) => message === 'live'), 10_000, name);
      const of = (message: string) => seen(stream).find((one) => one.message === message)?.llm;
      expect(of('call'), name).toEqual({ inputTokens: 120, ...content });
      expect(of('after'), name).toBeNull();
      expect(of('live'), name).toEqual({ inputTokens: 7, ...content });
    }
  });

  test('the content is for keys with READ and CONTENT, and for ADMIN', async () => {
    await api.store(calling({}, {}, CONTENT), calling({ message: 'without content' }), record());
    const query = '{ logs { nodes { llm { provider input output } } } }';
    const seenBy = async (...rights: Caller['rights'] extends ReadonlySet<infer R> ? R[] : never) => {
      const caller = { ...ANYONE, key: rights.join(), rights: new Set(rights) };
      const { nodes } = (await ask(query, caller)).logs as { nodes: { llm: { input: unknown } | null }[] };
      return nodes.flatMap(({ llm }) => (llm?.input ? [llm] : []));
    };
    expect(await seenBy('READ')).toEqual([]);
    expect(await seenBy('READ', 'INGEST')).toEqual([]);
    expect(await seenBy('READ', 'CONTENT')).toEqual([{ provider: 'openai', ...CONTENT }]);
    expect(await seenBy('INGEST', 'READ', 'CONTENT', 'ADMIN')).toEqual([{ provider: 'openai', ...CONTENT }]);
  });

  test('an operation reads a bounded number of contents, and says so', async () => {
    const calls = Array.from({ length: CONTENTS_MAX + 1 }, () => calling({}, {}, CONTENT));
    await api.store(...calls);
    const { errors } = await api.query(ANYONE, `{ logs(first: ${CONTENTS_MAX + 1}) { nodes { llm { input } } } }`);
    expect(errors![0]).toMatchObject({
      message: expect.stringContaining(`expected at most ${CONTENTS_MAX} model calls in an operation, got 101`),
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect((await ask(`{ logs(first: ${CONTENTS_MAX}) { nodes { llm { input } } } }`)).logs).toBeDefined();
  });

  test('the calls of a whole page cost one statement', async () => {
    await api.store(...Array.from({ length: 50 }, () => calling()), record());
    const statements: string[] = [];
    const sql = connect(api.database.url, {
      ...{ max: 1, statementTimeoutMs: 60_000 },
      onStatement: (text) => statements.push(text),
    });
    try {
      const positions = await sql<Position[]>`select ts as "timestamp", uid from system_logs`;
      const calls = await createCallLoader(sql).loadMany(positions);
      expect(calls.filter((call) => call !== null)).toHaveLength(50);
    } finally {
      await disconnect(sql);
    }
    expect(statements.filter((text) => text.includes('llm_logs') || text.includes('lateral'))).toHaveLength(1);
  });
});

test('a batch that a server of an earlier version publishes has no calls', needs(redisMissing), async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder(), remove);
  const { url } = stack.use(await startRedis(folder));
  const bus = stack.use(createRedisBus({ url, channel: 'batches', log: pino({ level: 'silent' }) }));
  const received: CommittedBatch[] = [];
  bus.listen((batch) => received.push(batch));
  const earlier = stack.adopt(new Redis(url), (redis) => redis.disconnect());
  const { llm: _, llmContent: __, ...old } = record();
  const message = JSON.stringify({ seq: 1, batchId: 1, records: [old] });
  await until(async () => (await earlier.publish('batches', message)) > 0, 10_000, 'a subscriber');
  await until(() => received.length > 0, 10_000, 'the batch');
  expect(received[0]!.records).toEqual([{ ...old, llm: null }]);
});
