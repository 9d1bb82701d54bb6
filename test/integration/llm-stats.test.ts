import { parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANYONE, type Caller } from '../../src/access/caller.ts';
import { parseScope } from '../../src/access/scope.ts';
import { costOf, ROWS_STATEMENT_COST, STATEMENT_COST } from '../../src/http/graphql/cost.ts';
import { EXAMPLES } from '../../src/http/graphql/examples.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { now, shift } from '../../src/log/time.ts';
import { schema } from '../../src/schema/index.ts';
import { createTestApi, type TestApi } from '../support/api.ts';
import { withCall } from '../support/calls.ts';
import { record } from '../support/records.ts';

const START = shift(now(), -3_600_000);
const at = (seconds: number) => shift(START, seconds * 1000);
const priced = { inputTokens: 100, outputTokens: 50, costNanoUsd: 1_200_000 };

/** A chain that fails, with two calls to a model and one to a tool; another call in another place. */
const RECORDS: NewRecord[] = [
  record({ timestamp: at(0), correlationId: 'req-91bc', service: 'gateway', message: 'received', durationMs: 1 }),
  withCall(record({ timestamp: at(1), correlationId: 'req-91bc', service: 'agent', durationMs: 1800 }), priced),
  withCall(record({ timestamp: at(2), correlationId: 'req-91bc', service: 'agent' }), {
    ...{ operation: 'execute_tool', counted: false, inputTokens: 7 },
  }),
  withCall(
    record({
      ...{ timestamp: at(5), correlationId: 'req-91bc', service: 'agent', message: 'refused', environment: 'staging' },
      ...{ severityNumber: 17, errorType: 'RateLimited', durationMs: 200 },
    }),
    { inputTokens: 30 },
  ),
  record({ timestamp: at(6), correlationId: 'plain', pipelineId: 'p-plain' }),
  withCall(record({ timestamp: at(7), pipelineId: 'p-1', userId: 'ann', environment: 'staging' }), {
    ...priced,
    requestModel: 'small',
  }),
  withCall(record({ timestamp: at(8), correlationId: 'tools', pipelineId: 'p-tools' }), { counted: false }),
];

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
  await api.store(...RECORDS);
}, 60_000);
afterAll(() => api[Symbol.asyncDispose]());

async function ask<T>(query: string, caller: Caller = ANYONE): Promise<T> {
  const { data, errors } = await api.query(caller, query);
  expect(errors).toBeUndefined();
  return data as T;
}

const STAGING: Caller = { ...ANYONE, key: 'staging', scope: parseScope('environment:staging') };
const TEAM: Caller = { ...ANYONE, key: 'team', scope: parseScope('attributes.team:a') };

test('one query gives the records of a chain, its gaps, its first error, its counts and its model costs', async () => {
  const example = EXAMPLES.find((text) => text.includes('query ChainAtOnce'))!;
  expect(await ask(example)).toMatchObject({
    correlation: {
      firstError: { service: 'agent', message: 'refused' },
      steps: [
        { service: 'gateway', gapMs: 0 },
        { service: 'agent', gapMs: 1000 },
      ],
      logs: { nodes: [{ message: 'received' }, {}, {}, { message: 'refused' }] },
      llm: { calls: 2, inputTokens: 130, outputTokens: 50, costUsd: 0.0012 },
    },
    stats: { total: 4, errorRate: 0.25, durations: { p50: 200 } },
  });
});

test('a chain and a run have the sums of their calls, and null where no record tells of one', async () => {
  const llm = 'llm { calls errors unpriced costUsd }';
  expect(
    await ask(`{
      chain: correlation(correlationId: "req-91bc") { ${llm} } plain: correlation(correlationId: "plain") { ${llm} }
      tools: correlation(correlationId: "tools") { ${llm} } run: pipeline(pipelineId: "p-1") { ${llm} }
      plainRun: pipeline(pipelineId: "p-plain") { ${llm} } toolsRun: pipeline(pipelineId: "p-tools") { ${llm} }
    }`),
  ).toEqual({
    chain: { llm: { calls: 2, errors: 1, unpriced: 1, costUsd: 0.0012 } },
    plain: { llm: null },
    tools: { llm: { calls: 0, errors: 0, unpriced: 0, costUsd: 0 } },
    run: { llm: { calls: 1, errors: 0, unpriced: 0, costUsd: 0.0012 } },
    plainRun: { llm: null },
    toolsRun: { llm: { calls: 0, errors: 0, unpriced: 0, costUsd: 0 } },
  });
});

test('a key with a scope sums the calls of the records that it sees', async () => {
  const query = `{ llmStats { totals { calls } groups(by: { field: ENVIRONMENT }) { value } }
    correlation(correlationId: "req-91bc") { llm { calls } } pipeline(pipelineId: "p-1") { llm { calls } } }`;
  expect(await ask(query, STAGING)).toEqual({
    llmStats: { totals: { calls: 2 }, groups: [{ value: 'staging' }] },
    correlation: { llm: { calls: 1 } },
    pipeline: { llm: { calls: 1 } },
  });
  // A scope that the calls do not know is tested on their records.
  expect(await ask(query, TEAM)).toEqual({
    llmStats: { totals: { calls: 0 }, groups: [] },
    correlation: null,
    pipeline: null,
  });
});

test('groups are read with their durations, the dearest first; bars have theirs', async () => {
  const { llmStats } = await ask<{ llmStats: { groups: object[]; bars: { groups: { value: string }[] }[] } }>(`{
    llmStats(time: { from: "${at(-60)}", to: "${at(60)}" }) {
      durations { count p50 max } timeToFirstToken { count p50 }
      groups(by: { field: SERVICE }) { value totals { calls costUsd } durations { count max } }
      bars(width: "1m", by: { field: SERVICE }, first: 1) { totals { calls } durations { count } groups { value rest totals { calls } } }
    } }`);
  expect(llmStats).toMatchObject({
    durations: { count: 2, p50: 1000, max: 1800 },
    timeToFirstToken: { count: 0, p50: null },
    groups: [
      { value: 'agent', totals: { calls: 2, costUsd: 0.0012 }, durations: { count: 2, max: 1800 } },
      { value: 'billing', totals: { calls: 1, costUsd: 0.0012 }, durations: { count: 0, max: null } },
    ],
  });
  expect(llmStats.bars.map(({ groups }) => groups.map(({ value }) => value))).toEqual(
    llmStats.bars.map(() => ['agent', null]),
  );
});

test('bars have the same sums whichever of them are asked for', async () => {
  const bars = (name: string, sums: string, fields: string) =>
    `${name}: bars(width: "1m", by: { field: SERVICE }) { ${sums} groups { value rest ${fields} } }`;
  const all = 'totals { calls errors inputTokens outputTokens cacheReadTokens reasoningTokens costUsd unpriced }';
  const { llmStats } = await ask<{ llmStats: Record<string, { groups: object[] }[]> }>(`{
    llmStats(time: { from: "${at(-60)}", to: "${at(60)}" }) {
      ${bars('all', all, all)}
      ${bars('some', 'totals { errors }', '...Tokens')}
      ${bars('none', 'start', '')}
    } }
    fragment Tokens on LlmBarGroup { sums: totals { in: inputTokens unpriced } }`);
  type Full = {
    totals: Record<string, number>;
    groups: { value: string; rest: boolean; totals: Record<string, number> }[];
  };
  const full = llmStats.all as unknown as Full[];
  expect(full.some(({ totals }) => totals.errors! > 0 && totals.inputTokens! > 0)).toBe(true);
  expect(llmStats.some).toEqual(
    full.map(({ totals, groups }) => ({
      totals: { errors: totals.errors },
      groups: groups.map(({ value, rest, totals: { inputTokens, unpriced } }) => ({
        ...{ value, rest },
        sums: { in: inputTokens, unpriced },
      })),
    })),
  );
  expect(llmStats.none!.map(({ groups }) => groups)).toEqual(
    full.map(({ groups }) => groups.map(({ value, rest }) => ({ value, rest }))),
  );
});

test('a wrong width and an unknown time zone are errors of their field alone; no value to group by leaves the rest', async () => {
  const { data, errors } = await api.query(
    ANYONE,
    `{ llmStats {
      totals { calls } bars(width: "7s") { start } other: bars(timeZone: "Nowhere") { start }
      none: bars(by: { field: LLM_MODEL }, first: 0) { groups { rest } }
    } }`,
  );
  expect(data).toMatchObject({ llmStats: { totals: { calls: 3 }, bars: null, other: null } });
  expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
  const { none } = data!.llmStats as { none: { groups: { rest: boolean }[] }[] };
  expect(none.flatMap(({ groups }) => groups).every(({ rest }) => rest)).toBe(true);
});

test('sums cost little where rollups answer, and as much as reading records where they do not', () => {
  const cost = (args: string, fields = 'totals { calls }', scope: Caller = ANYONE): number =>
    costOf({ schema, document: parse(`{ llmStats${args} { ${fields} } }`), contextValue: { caller: scope } });
  const quick = cost('');
  expect(quick).toBeGreaterThanOrEqual(STATEMENT_COST);
  expect(quick).toBeLessThan(2 * STATEMENT_COST);
  expect(cost('(filter: { services: ["web"] })')).toBe(quick);
  expect(cost('(filter: { userIds: ["ann"] })')).toBe(quick - STATEMENT_COST + ROWS_STATEMENT_COST);
  expect(cost('', undefined, TEAM)).toBe(cost('(filter: { userIds: ["ann"] })'));
  expect(cost('', 'durations { p50 }')).toBeGreaterThanOrEqual(ROWS_STATEMENT_COST);
});
