import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import type { LlmTotals } from '../../src/db/llm/totals.ts';
import { GROUPS_MAX } from '../../src/db/rollups/delta-text.ts';
import { fillGap } from '../../src/db/rollups/fill-gaps.ts';
import { mergeDeltas } from '../../src/db/rollups/merge-deltas.ts';
import { lockRollups } from '../../src/db/rollups/remove-rollups.ts';
import { LLM_ROLLUPS } from '../../src/db/rollups/rollup.ts';
import type { Facet } from '../../src/db/stats/facets.ts';
import { llmDurations, llmGroups, llmTotals, readLlmBars } from '../../src/db/stats/llm-stats.ts';
import { barsWithin } from '../../src/db/stats/zoned-bars.ts';
import type { Ingest } from '../../src/ingest/write/ingest.ts';
import {
  allOf,
  anyOf,
  EVERYTHING,
  type Filter,
  fieldTest,
  HAS_ERROR,
  HAS_LLM_CALL,
  llmTest,
  not,
  textContains,
} from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import type { LlmCall } from '../../src/log/llm-call.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { microsOf, type Timestamp, timestampFromMicros, timestampFromMs } from '../../src/log/time.ts';
import type { TimeSpan } from '../../src/log/time-span.ts';
import { zoneOffset } from '../../src/log/time-zone.ts';
import { withCall } from '../support/calls.ts';
import { LONG } from '../support/chaos/history.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createTestIngest, type TestIngest } from '../support/ingest.ts';
import { record } from '../support/records.ts';

const HOUR_MS = 3_600_000;
const RECENT_MS = Math.floor(Date.now() / (24 * HOUR_MS) - 3) * 24 * HOUR_MS;

let database: TestDatabase;
let sql: Sql;
let ingest: Ingest;
let way: TestIngest;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
  way = await createTestIngest({ database, writers: 1 });
  ({ ingest } = way);
});
afterAll(async () => {
  await way[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** At bounds of minutes, hours and days, and beside them by a microsecond; also around a change of clocks. */
const timestamps = fc
  .record({
    base: fc.constantFrom(RECENT_MS, RECENT_MS, Date.UTC(2025, 9, 25, 22), Date.UTC(1969, 11, 31, 22)),
    minutes: fc.oneof(fc.constantFrom(0, 1, 59, 60, 61, 120), fc.integer({ min: 0, max: 50 * 60 })),
    micros: fc.constantFrom(-1, 0, 1, 30_000_000),
  })
  .map(
    ({ base, minutes, micros }): Timestamp =>
      timestampFromMicros(microsOf(timestampFromMs(base + minutes * 60_000)) + BigInt(micros))!,
  );

const lacking = <T>(...values: T[]) => fc.constantFrom<(T | null)[]>(null, ...values);
const tokens = fc.oneof(fc.constantFrom(null, 0, Number.MAX_SAFE_INTEGER), fc.integer({ min: 0, max: 5000 }));
const model = lacking('gpt-4o', 'gpt-4o-2026-01-01', "it's a \\ model");
const calls: fc.Arbitrary<Partial<LlmCall>> = fc.record({
  operation: lacking('chat', 'embeddings', ''),
  counted: fc.constantFrom(true, true, true, false),
  provider: lacking('openai', 'anthropic'),
  requestModel: model,
  responseModel: model,
  conversationId: lacking('a', 'b', 'c'),
  inputTokens: tokens,
  outputTokens: tokens,
  cacheReadTokens: tokens,
  cacheCreationTokens: tokens,
  reasoningTokens: tokens,
  costNanoUsd: fc.oneof(fc.constantFrom(null, 0, 1, Number.MAX_SAFE_INTEGER), fc.integer({ min: 0, max: 3 })),
  timeToFirstTokenMs: lacking(1, 2.5, 300),
});
const drafts = fc.record({
  timestamp: timestamps,
  severityNumber: fc.constantFrom(5, 9, 17, 24),
  service: fc.constantFrom('billing', 'web'),
  component: lacking('', 'db', 'api'),
  environment: lacking('production', 'test'),
  userId: lacking('ann', 'bob'),
  correlationId: lacking('c1', 'c2'),
  pipelineId: lacking('p1'),
  durationMs: lacking(0, 1, 250.5, 1e9),
  errorType: lacking('Timeout'),
  attributes: fc.constantFrom({}, { team: 'a' }, { team: 'b' }, { team: 7 }),
});
const told = fc
  .tuple(drafts, fc.option(calls, { freq: 8 }))
  .map(([draft, call]) => (call ? withCall(record(draft), call) : record(draft)));
const batches = fc.array(told, { minLength: 1, maxLength: 40 });

const fieldTests: fc.Arbitrary<Filter> = fc.constantFrom<Filter>(
  // In the rollups.
  fieldTest('service', { op: 'in', values: ['web'] }),
  fieldTest('component', { op: 'exists' }),
  fieldTest('environment', { op: '>', value: 'production' }),
  HAS_LLM_CALL,
  llmTest('model', { op: 'in', values: ['gpt-4o'] }),
  llmTest('responseModel', { op: 'exists' }),
  llmTest('provider', { op: 'prefix', text: 'open' }),
  // In llm_logs.
  llmTest('inputTokens', { op: '>=', value: 1 }),
  llmTest('conversationId', { op: 'in', values: ['a', 'b'] }),
  HAS_ERROR,
  fieldTest('userId', { op: 'in', values: ['ann', 'none'] }),
  fieldTest('durationMs', { op: '>=', value: 1 }),
  fieldTest('correlationId', { op: 'prefix', text: 'c' }),
  // In system_logs only.
  fieldTest('level', { op: '>=', value: 4 }),
  fieldTest('errorType', { op: 'exists' }),
  textContains('gpt'),
  { kind: 'attribute', paths: [['team']], test: { op: 'in', values: ['a'] } },
);
const filters: fc.Arbitrary<Filter> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(EVERYTHING) },
  { weight: 3, arbitrary: fieldTests },
  fieldTests.map(not),
  fc.array(fieldTests, { maxLength: 3 }).map((of) => allOf(...of)),
  fc.array(fieldTests, { maxLength: 3 }).map((of) => anyOf(...of)),
);

type ValueIn = (record: NewRecord & { llm: LlmCall }) => string | null;
const textOf = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);
const facets = fc.constantFrom<[Facet, ValueIn]>(
  [{ field: 'LLM_MODEL' }, ({ llm }) => llm.responseModel ?? llm.requestModel],
  [{ field: 'LLM_REQUEST_MODEL' }, ({ llm }) => llm.requestModel],
  [{ field: 'LLM_OPERATION' }, ({ llm }) => llm.operation],
  [{ field: 'LLM_PROVIDER' }, ({ llm }) => llm.provider],
  [{ field: 'LLM_CONVERSATION_ID' }, ({ llm }) => llm.conversationId],
  [{ field: 'SERVICE' }, ({ service }) => service],
  [{ field: 'COMPONENT' }, ({ component }) => component],
  [{ field: 'ENVIRONMENT' }, ({ environment }) => environment],
  [{ field: 'USER_ID' }, ({ userId }) => userId],
  [{ field: 'CORRELATION_ID' }, ({ correlationId }) => correlationId],
  [{ field: 'PIPELINE_ID' }, ({ pipelineId }) => pipelineId],
  [{ field: 'ERROR_TYPE' }, ({ errorType }) => errorType],
  [{ attribute: ['team'] }, ({ attributes }) => textOf(attributes.team)],
);

interface Question {
  filter: Filter;
  range: TimeSpan;
  buckets: number;
  timeZone: string;
  facet: [Facet, ValueIn];
  first: number;
}
const questions: fc.Arbitrary<Question> = fc.record({
  filter: filters,
  range: fc.tuple(timestamps, timestamps).map(([a, b]) => (a < b ? { from: a, to: b } : { from: b, to: a })),
  buckets: fc.constantFrom(1, 3, 10, 60),
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu'),
  facet: facets,
  first: fc.constantFrom(1, 2, 100),
});

/** What should be stored. */
const stored: Map<string, NewRecord> = new Map();

async function store(batch: readonly NewRecord[]): Promise<void> {
  await ingest.store({ records: [...batch], rejected: [], idempotency: null });
  for (const one of batch) if (!stored.has(one.uid)) stored.set(one.uid, one);
}

/** Without a filter it empties partitions. */
async function clean(before: Timestamp, filter: Filter | null): Promise<void> {
  await cleanup(sql, { before, filter, dryRun: false, timeLimitMs: 30_000 });
  const match = compileMatch(filter ?? EVERYTHING);
  for (const [uid, one] of stored) if (one.timestamp < before && match(one)) stored.delete(uid);
}

const alone = <T>(work: (tx: Sql) => Promise<T>) =>
  inTransaction(sql, async (tx) => {
    await lockRollups(tx);
    return work(tx);
  });

/** More groups than a batch may have: the writer leaves gaps. */
const crowd = (timestamp: Timestamp): NewRecord[] =>
  Array.from({ length: GROUPS_MAX + 1 }, (_, n) =>
    withCall(record({ timestamp }), { requestModel: `model ${n}`, costNanoUsd: n }),
  );

const steps: fc.Arbitrary<() => Promise<unknown>> = fc.oneof(
  { weight: 6, arbitrary: batches.map((batch) => () => store(batch)) },
  { weight: 1, arbitrary: batches.map((batch) => () => store([...batch, ...batch])) },
  { weight: 1, arbitrary: timestamps.map((timestamp) => () => store(crowd(timestamp))) },
  { weight: 3, arbitrary: fc.constant(() => alone((tx) => mergeDeltas(tx, LLM_ROLLUPS))) },
  { weight: 3, arbitrary: fc.constant(() => alone((tx) => fillGap(tx, LLM_ROLLUPS))) },
  {
    weight: 2,
    arbitrary: fc.tuple(timestamps, filters).map(
      ([before, filter]) =>
        () =>
          clean(before, filter),
    ),
  },
  { weight: 1, arbitrary: timestamps.map((before) => () => clean(before, null)) },
);

type Told = NewRecord & { llm: LlmCall };

function totalsOf(all: readonly Told[]): LlmTotals {
  const sum = (of: (one: Told) => number | null): number =>
    Math.min(Number(all.reduce((total, one) => total + BigInt(of(one) ?? 0), 0n)), Number.MAX_SAFE_INTEGER);
  return {
    calls: all.length,
    errors: all.filter((one) => one.severityNumber >= 17 || one.errorType !== null).length,
    inputTokens: sum(({ llm }) => llm.inputTokens),
    outputTokens: sum(({ llm }) => llm.outputTokens),
    cacheReadTokens: sum(({ llm }) => llm.cacheReadTokens),
    cacheCreationTokens: sum(({ llm }) => llm.cacheCreationTokens),
    reasoningTokens: sum(({ llm }) => llm.reasoningTokens),
    costUsd: Number(nanosOf(all)) / 1e9,
    unpriced: all.filter(({ llm }) => llm.costNanoUsd === null).length,
  };
}

const nanosOf = (all: readonly Told[]): bigint =>
  all.reduce((total, { llm }) => total + BigInt(llm.costNanoUsd ?? 0), 0n);

/** The values with their calls, in the order of `LlmStats.groups`. */
function groupsOf(all: readonly Told[], valueIn: ValueIn): [string | null, Told[]][] {
  const last = '\u{10ffff}';
  return [...Map.groupBy(all, valueIn)].sort(([a, ofA], [b, ofB]) => {
    const cost = nanosOf(ofB) - nanosOf(ofA);
    if (cost !== 0n) return cost > 0n ? 1 : -1;
    return ofB.length - ofA.length || ((a ?? last) < (b ?? last) ? -1 : 1);
  });
}

/** As `percentile_cont`. */
function summaryOf(values: readonly (number | null)[]) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const at = (share: number): number | null => {
    if (sorted.length === 0) return null;
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return low + (high - low) * (place - Math.floor(place));
  };
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? null };
}

const rounded = (summary: object | null): unknown =>
  summary &&
  Object.fromEntries(
    Object.entries(summary).flatMap(([name, value]) =>
      name === 'avg' ? [] : [[name, typeof value === 'number' ? Number(value.toPrecision(10)) : value]],
    ),
  );

async function expectExact({ filter, range, buckets, timeZone, facet, first }: Question): Promise<number> {
  const [by, valueIn] = facet;
  const bars = barsWithin(range, zoneOffset(timeZone)!, buckets + 2);
  const asked = { by, first, withDurations: true };
  const told = await inSnapshot(sql, async (tx) => ({
    totals: await llmTotals(tx, filter, range),
    durations: rounded(await llmDurations(tx, filter, range, 'duration_ms')),
    timeToFirstToken: rounded(await llmDurations(tx, filter, range, 'time_to_first_token_ms')),
    quick: await llmGroups(tx, filter, range, { ...asked, withDurations: false }),
    groups: (await llmGroups(tx, filter, range, asked)).map((group) => ({
      ...group,
      durations: rounded(group.durations),
    })),
    bars: (await readLlmBars(tx, filter, range, { bars, by: { facet: by, first }, withDurations: true })).map(
      (bar) => ({ ...bar, durations: rounded(bar.durations) }),
    ),
    plain: (await readLlmBars(tx, filter, range, { bars, by: null, withDurations: false })).map(({ totals }) => totals),
  }));

  const match = compileMatch(filter);
  const all = [...stored.values()].filter(
    (one): one is Told =>
      one.llm?.counted === true && one.timestamp >= range.from && one.timestamp < range.to && match(one),
  );
  const durations = (some: readonly Told[]) => rounded(summaryOf(some.map(({ durationMs }) => durationMs)));
  const groups = groupsOf(all, valueIn).slice(0, first);
  const named = new Set(groups.map(([value]) => value));
  const countedBars = bars.map(({ from, to }) => {
    const those = all.filter(({ timestamp }) => timestamp >= from && timestamp < to);
    return {
      ...{ start: from, end: to, totals: totalsOf(those), durations: durations(those) },
      groups: [
        ...groups.map(([value]) => ({
          ...{ value, rest: false },
          totals: totalsOf(those.filter((one) => valueIn(one) === value)),
        })),
        { value: null, rest: true, totals: totalsOf(those.filter((one) => !named.has(valueIn(one)))) },
      ],
    };
  });
  const counted = {
    totals: totalsOf(all),
    durations: durations(all),
    timeToFirstToken: rounded(summaryOf(all.map(({ llm }) => llm.timeToFirstTokenMs))),
    quick: groups.map(([value, those]) => ({ value, totals: totalsOf(those), durations: null })),
    groups: groups.map(([value, those]) => ({ value, totals: totalsOf(those), durations: durations(those) })),
    bars: countedBars,
    plain: countedBars.map(({ totals }) => totals),
  };
  expect(told).toEqual(counted);
  return all.length;
}

test('llmStats equals counting after any mixture of batches, duplicates, clean-ups, merges and gaps', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { minLength: 1, maxLength: 6 }),
      fc.array(questions, { minLength: 2 }),
      async (done, asked) => {
        for (const step of done) await step();
        for (const question of asked) found += await expectExact(question);
      },
    ),
    { numRuns: LONG ? 80 : 20, endOnFailure: true },
  );
  expect(found).toBeGreaterThan(0);
  while (await alone((tx) => fillGap(tx, LLM_ROLLUPS)));
  while (await alone((tx) => mergeDeltas(tx, LLM_ROLLUPS)));
  await fc.assert(
    fc.asyncProperty(questions, async (question) => {
      await expectExact(question);
    }),
    { numRuns: LONG ? 60 : 20 },
  );
}, 300_000);
