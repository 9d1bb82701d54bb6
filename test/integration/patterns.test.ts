import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE, type Caller } from '../../src/access/caller.ts';
import { parseScope } from '../../src/access/scope.ts';
import type { Draft, NewRecord } from '../../src/log/record.ts';
import { createTestApi, type Result, type TestApi } from '../support/api.ts';
import { record } from '../support/records.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
  await api.store(...DAY_BEFORE, ...DAY);
});
afterAll(() => api[Symbol.asyncDispose]());

const records = (count: number, make: (i: number) => Draft): NewRecord[] =>
  Array.from({ length: count }, (_, i) => record(make(i)));
const at = (day: number, i: number): string => `2026-11-${day}T${String(i % 24).padStart(2, '0')}:00:00.000000Z`;

const DAY_BEFORE = records(30, (i) => ({ timestamp: at(19, i), message: `Order ${i} paid in ${i}ms` }));
const DAY = [
  ...records(60, (i) => ({
    timestamp: at(20, i),
    message: `Order ${i} paid in ${i}ms`,
    service: i % 2 === 0 ? 'shop' : 'billing',
    severityNumber: i === 7 ? 13 : 9,
    attributes: { region: 'eu' },
  })),
  ...records(30, (i) => ({
    timestamp: at(20, 12),
    message: `connection to 10.0.0.${i} refused`,
    service: 'shop',
    environment: 'staging',
    severityNumber: 17,
    attributes: { region: 'us', attempt: 3, of: { no: 'value' } },
  })),
  ...records(10, (i) => ({ timestamp: at(20, i), message: 'tick', service: 'clock', environment: 'staging' })),
];
const TIME = '{ from: "2026-11-20", to: "2026-11-21" }';
const BEFORE = '{ from: "2026-11-19", to: "2026-11-20" }';
const STAGING: Caller = { ...ANYONE, key: 'k', scope: parseScope('environment:staging') };

interface Pattern {
  template: string;
  query: string;
  count: number;
  baselineCount?: number | null;
  bars?: number[];
}

async function ask(args: string, fields: string, caller = ANYONE): Promise<Record<string, unknown>> {
  const { data, errors } = await api.query(caller, `{ patterns(${args}) { ${fields} } }`);
  expect(errors).toBeUndefined();
  return data!.patterns as Record<string, unknown>;
}
const codeOf = ({ errors }: Result): string | undefined => errors?.[0]?.extensions.code;

describe('patterns', () => {
  test('are counted, the most common first, with what their records share', async () => {
    const report = await ask(
      `time: ${TIME}, baseline: ${BEFORE}`,
      `sampled total patterns {
        template count share highestLevel services firstSeen lastSeen baselineCount bars(buckets: 4) query
        example { message timestamp }
      }`,
    );
    expect(report).toEqual({
      sampled: 100,
      total: 100,
      patterns: [
        {
          template: 'Order <*> paid in <*>',
          count: 60,
          share: 0.6,
          highestLevel: 'WARNING',
          services: ['billing', 'shop'],
          firstSeen: at(20, 0),
          lastSeen: at(20, 23),
          baselineCount: 30,
          bars: [18, 18, 12, 12],
          query: '"Order" "paid in"',
          example: { message: expect.stringMatching(/^Order (23|47) paid in/), timestamp: at(20, 23) },
        },
        {
          template: 'connection to <*> refused',
          count: 30,
          share: 0.3,
          highestLevel: 'ERROR',
          services: ['shop'],
          firstSeen: at(20, 12),
          lastSeen: at(20, 12),
          baselineCount: 0,
          bars: [0, 0, 30, 0],
          query: '"connection to" "refused"',
          example: { message: expect.stringMatching(/^connection to 10/), timestamp: at(20, 12) },
        },
        expect.objectContaining({ template: 'tick', count: 10, baselineCount: 0, bars: [6, 4, 0, 0] }),
      ],
    });
  });

  test('have no baselineCount without a baseline, and the largest are returned', async () => {
    const { patterns } = await ask(`time: ${TIME}, first: 1`, 'patterns { template baselineCount }');
    expect(patterns).toEqual([{ template: 'Order <*> paid in <*>', baselineCount: null }]);
  });

  test('are those of the filter, and their queries find their records', async () => {
    const { patterns } = await ask(
      `filter: { services: ["shop"] }, time: ${TIME}`,
      'patterns { template count query }',
    );
    expect(patterns).toHaveLength(2);
    for (const { query, count } of patterns as Pattern[]) {
      const { data } = await api.query(
        ANYONE,
        `query ($query: String) { stats(filter: { query: $query, services: ["shop"] }, time: ${TIME}) { total } }`,
        { query },
      );
      expect(data).toEqual({ stats: { total: count } });
    }
  });

  test('of a smaller sample are of so many records, the same ones each time', async () => {
    const small = () => ask(`time: ${TIME}, sample: 20`, 'sampled total patterns { template count bars }');
    const report = await small();
    expect(report).toMatchObject({ sampled: 20, total: 100 });
    expect((report.patterns as Pattern[]).reduce((sum, { count }) => sum + count, 0)).toBe(20);
    expect(await small()).toEqual(report);
  });

  test('of nothing are none', async () => {
    expect(await ask(`time: { from: "2001-01-01", to: "2001-01-02" }`, 'sampled total patterns { template }')).toEqual({
      sampled: 0,
      total: 0,
      patterns: [],
    });
  });

  test('of a search by text, an id or a model call are of all that it finds', async () => {
    for (const filter of ['{ query: "refused" }', '{ query: "level:error" }', '{ query: "attributes.region:us" }']) {
      expect(await ask(`filter: ${filter}, time: ${TIME}`, 'sampled patterns { template }')).toEqual({
        sampled: 30,
        patterns: [{ template: 'connection to <*> refused' }],
      });
    }
    expect(await ask(`filter: { correlationIds: ["c"] }, time: ${TIME}`, 'sampled')).toEqual({ sampled: 0 });
    expect(await ask(`filter: { hasLlmCall: true }, time: ${TIME}`, 'sampled')).toEqual({ sampled: 0 });
  });

  test('show a scoped key its own records alone', async () => {
    const report = await ask(
      `time: ${TIME}, baseline: ${BEFORE}`,
      'sampled total patterns { template baselineCount }',
      STAGING,
    );
    expect(report).toEqual({
      sampled: 40,
      total: 40,
      patterns: [
        { template: 'connection to <*> refused', baselineCount: 0 },
        { template: 'tick', baselineCount: 0 },
      ],
    });
  });

  test.each(['sample: 0', 'sample: 100001', 'first: 1001', 'filter: { query: "(" }'])('reject %s', async (args) => {
    const code = codeOf(await api.query(ANYONE, `{ patterns(${args}) { sampled } }`));
    expect(code).toBe(args.startsWith('filter') ? 'QUERY_SYNTAX' : 'BAD_USER_INPUT');
  });

  test('reject bars without a number', async () => {
    const result = await api.query(ANYONE, `{ patterns(time: ${TIME}) { patterns { bars(buckets: 0) } } }`);
    expect(codeOf(result)).toBe('BAD_USER_INPUT');
  });
});

describe('unusual values', () => {
  const unusual = async (args: string, caller = ANYONE): Promise<unknown> => {
    const { data, errors } = await api.query(
      caller,
      `{ unusual(${args}, time: ${TIME}) { field attribute value count outside lift } }`,
    );
    expect(errors).toBeUndefined();
    return data!.unusual;
  };

  test('are those more common than elsewhere, the highest lift first', async () => {
    expect(await unusual('filter: { query: "refused" }')).toEqual([
      { field: 'LEVEL', attribute: null, value: 'ERROR', count: 30, outside: 0, lift: 70 },
      { field: null, attribute: ['attempt'], value: '3', count: 30, outside: 0, lift: 70 },
      { field: null, attribute: ['region'], value: 'us', count: 30, outside: 0, lift: 70 },
      { field: 'ENVIRONMENT', attribute: null, value: 'staging', count: 30, outside: 10, lift: 7 },
      { field: 'SERVICE', attribute: null, value: 'shop', count: 30, outside: 30, lift: expect.closeTo(70 / 30, 9) },
    ]);
  });

  test('are compared with the records under `against`, and only in the time', async () => {
    const values = await unusual('filter: { query: "refused" }, against: { services: ["clock"] }, first: 2');
    expect(values).toMatchObject([
      { outside: 0, lift: 10 },
      { outside: 0, lift: 10 },
    ]);
  });

  test('are none where there is nothing to compare with, or too few records', async () => {
    expect(await unusual('filter: {}')).toEqual([]);
    expect(await unusual('filter: { query: "attributes.region:nowhere" }')).toEqual([]);
    expect(await unusual('filter: { query: "level:warning" }')).toEqual([]);
  });

  test('show a scoped key its own records alone', async () => {
    expect(await unusual('filter: { query: "refused" }, first: 100', STAGING)).toEqual(
      expect.arrayContaining([{ field: 'SERVICE', attribute: null, value: 'shop', count: 30, outside: 0, lift: 10 }]),
    );
  });
});
