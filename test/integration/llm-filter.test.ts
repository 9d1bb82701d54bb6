import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Sql } from '../../src/db/connection/client.ts';
import { countLogs, type PageRequest, readPage } from '../../src/db/read/logs.ts';
import { readGroupedBars } from '../../src/db/stats/bars.ts';
import { topErrors } from '../../src/db/stats/errors.ts';
import { type Facet, readFacets } from '../../src/db/stats/facets.ts';
import { type LogFilterInput, parseFilter } from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import type { LlmDraft } from '../../src/log/llm-call.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { shift } from '../../src/log/time.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

const START = '2026-11-01T00:00:00.000000Z';
const ALL = { from: null, to: '2100-01-01T00:00:00.000000Z' };
const HOUR_MS = 3_600_000;

const CALLS: LlmDraft[] = [
  { operation: 'chat', provider: 'openai', requestModel: 'gpt-4o', responseModel: 'gpt-4o-2024', costUsd: 0.07 },
  { operation: 'chat', provider: 'openai', requestModel: 'gpt-4o', finishReasons: ['stop', 'length'] },
  { operation: 'execute_tool', toolName: 'add', parameters: { seed: 7, tags: ['a', 'b'] } },
  { operation: 'chat', provider: 'anthropic', responseModel: 'claude', inputTokens: 100, timeToFirstTokenMs: 1500 },
];

/** Three days; every tenth record tells of a call, every hundredth of an error. */
const RECORDS = Array.from({ length: 600 }, (_, i) =>
  record({
    timestamp: shift(START, (i * 3 * 24 * HOUR_MS) / 600),
    service: i % 3 === 0 ? 'web' : 'worker',
    ...(i % 100 === 0 && { severityNumber: 17 }),
    ...(i % 10 === 0 && { llm: CALLS[(i / 10) % CALLS.length]! }),
  }),
);

let database: TestDatabase;
let sql: Sql;
let texts: string[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  await insert(database.sql, RECORDS);
  sql = connect(database.url, { max: 1, statementTimeoutMs: 30_000, onStatement: (text) => texts.push(text) });
});
afterAll(async () => {
  await sql.end();
  await database[Symbol.asyncDispose]();
});

const page = (filter: LogFilterInput, request: Partial<PageRequest> = {}) =>
  readPage(sql, {
    filter: parseFilter(filter),
    window: ALL,
    order: 'NEWEST_FIRST',
    limit: 1000,
    backward: false,
    after: null,
    before: null,
    ...request,
  });

const uidsOf = (records: readonly { uid: string }[]): string[] => records.map(({ uid }) => uid);
const matching = (filter: LogFilterInput): NewRecord[] => RECORDS.filter(compileMatch(parseFilter(filter)));

const FILTERS: LogFilterInput[] = [
  { hasLlmCall: true },
  { llm: { models: ['gpt-4o'] } },
  { llm: { models: ['gpt-4o-2024', 'claude'] } },
  { llm: { costUsd: { gte: 0.07, lte: 0.07 } } },
  { llm: { finishReasons: ['length'] } },
  { llm: { timeToFirstTokenMs: { gte: 1500 }, inputTokens: { lte: 100 } } },
  { llm: { operations: ['chat'] }, services: ['web'] },
  { query: 'llm:*' },
  { query: 'llm.model:gpt* -llm.finishReason:stop' },
  { query: 'llm.requestModel:gpt-4o service:worker' },
  { query: 'gen_ai.system:anthropic llm.timeToFirstTokenMs:[1s TO 2s]' },
  { query: 'llm.parameters.seed:7 llm.parameters.tags:b' },
  { query: 'llm.counted:false' },
  { query: 'llm.costUsd:>0.01 OR llm.toolName:add' },
  { query: '(llm.model:claude service:web) OR (llm.toolName:add level:error)' },
];

describe('pages of calls', () => {
  test.each(FILTERS)('%j: all of them, in either order, joined from small pages', async (filter) => {
    const expected = uidsOf(matching(filter));
    expect(expected.length).toBeGreaterThan(0);
    expect(uidsOf((await page(filter, { order: 'OLDEST_FIRST' })).records)).toEqual(expected);
    expect(await countLogs(sql, parseFilter(filter), ALL)).toBe(expected.length);
    const joined: string[] = [];
    for (let after: PageRequest['after'] = null, more = true; more; ) {
      const { records, hasNextPage } = await page(filter, { limit: 7, after });
      joined.push(...uidsOf(records));
      [after, more] = [records.at(-1) ?? null, hasNextPage];
    }
    expect(joined.toReversed()).toEqual(expected);
  });

  test('are read along llm_logs, and no other page looks for calls', async () => {
    texts = [];
    await page({ llm: { models: ['claude'] }, services: ['web'] }, { limit: 2 });
    expect(texts.some((text) => /from llm_logs\s+where/.test(text))).toBe(true);
    texts = [];
    await page({ services: ['web'] }, { limit: 2 });
    expect(texts.some((text) => text.includes('llm_logs'))).toBe(false);
  });

  test.each([{ hasLlmCall: false }, { not: { llm: { models: ['gpt-4o'] } } }, { query: '-llm.model:*' }, { llm: {} }])(
    '%j also finds records without a call',
    async (filter: LogFilterInput) => {
      const expected = uidsOf(matching(filter));
      expect(expected.length).toBeGreaterThan(500);
      expect(uidsOf((await page(filter, { order: 'OLDEST_FIRST' })).records)).toEqual(expected);
    },
  );

  test('a text of a call, of its reasons or of its parameters is found by textContains', async () => {
    for (const text of ['CLAUDE', 'length', 'b']) {
      const expected = uidsOf(matching({ textContains: text }));
      expect(uidsOf((await page({ textContains: text }, { order: 'OLDEST_FIRST' })).records)).toEqual(expected);
    }
    expect(matching({ textContains: 'CLAUDE' })).toHaveLength(15);
  });
});

describe('counts by fields of calls', () => {
  const facets = async (by: Facet, filter: LogFilterInput = {}) =>
    (await readFacets(sql, by, parseFilter(filter), ALL, 10)).map(({ value, count }) => [value, count]);

  test('the model is the one that answered, else the one asked for; records without a call count as null', async () => {
    expect(await facets({ field: 'LLM_MODEL' })).toEqual([
      [null, 555],
      ['claude', 15],
      ['gpt-4o', 15],
      ['gpt-4o-2024', 15],
    ]);
    expect(await facets({ field: 'LLM_REQUEST_MODEL' }, { hasLlmCall: true })).toEqual([
      ['gpt-4o', 30],
      [null, 30],
    ]);
    expect(await facets({ field: 'LLM_OPERATION' }, { hasLlmCall: true, services: ['web'] })).toEqual([
      ['chat', 15],
      ['execute_tool', 5],
    ]);
    expect(await facets({ field: 'SERVICE' }, { llm: { providers: ['openai'] } })).toEqual([
      ['worker', 20],
      ['web', 10],
    ]);
  });

  test('bars are divided by them, and add up', async () => {
    const days = [0, 24, 48].map((hours) => ({
      from: shift(START, hours * HOUR_MS),
      to: shift(START, (hours + 24) * HOUR_MS),
    }));
    const range = { from: days[0]!.from, to: days[2]!.to };
    const bars = await readGroupedBars(sql, parseFilter({}), range, days, { field: 'LLM_PROVIDER' }, 2);
    expect(bars.map(({ groups }) => groups)).toEqual(
      days.map(() => [
        { value: null, rest: false, count: 185 },
        { value: 'openai', rest: false, count: 10 },
        { value: null, rest: true, count: 5 },
      ]),
    );
  });

  test('the largest groups of errors are those of calls', async () => {
    const range = { from: START, to: shift(START, 72 * HOUR_MS) };
    const groups = await topErrors(sql, parseFilter({ llm: { operations: ['chat'] } }), range, 10);
    const errors = matching({ llm: { operations: ['chat'] }, minLevel: 'ERROR' });
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(errors.length);
    expect(uidsOf(groups.map(({ sample }) => sample))).toContain(errors.at(-1)!.uid);
  });
});
