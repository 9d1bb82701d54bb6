import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainSteps, pipelineStages } from '../../src/db/chains/chain-steps.ts';
import { chainFirstErrors, chainServices, chainUserIds, findChains } from '../../src/db/chains/chains.ts';
import { newestChains } from '../../src/db/chains/newest-chains.ts';
import type { ChainPosition } from '../../src/log/cursor.ts';
import { EVERYTHING, type Filter, fieldIs, not } from '../../src/log/filter/filter.ts';
import type { Draft } from '../../src/log/record.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

let database: TestDatabase;
afterAll(() => database[Symbol.asyncDispose]());

/** 2002-03-01, `time` o'clock. */
const at = (time: string, draft: Draft = {}) => record({ timestamp: `2002-03-01T${time}Z`, ...draft });

describe('a chain', () => {
  const job = { correlationId: 'job' };
  const records = [
    at('10:00:00.000000', { ...job, service: 'web', component: 'router', userId: 'ann' }),
    at('10:00:00.250000', { ...job, service: 'web', component: 'router' }),
    at('10:00:01.000001', { ...job, service: 'billing', severityNumber: 17, message: 'first error', userId: 'bob' }),
    at('10:00:01.500001', { ...job, service: 'billing', component: 'db', severityNumber: 13 }),
    at('10:00:02.000000', { ...job, service: 'web', component: 'router', userId: 'ann', severityNumber: 21 }),
    at('10:00:00.000000', { correlationId: 'other', service: 'cron' }),
    at('10:00:00.000000', { service: 'no chain' }),
  ];
  beforeAll(async () => {
    database = await createTestDatabase();
    // A chain may lie in several partitions.
    const late = record({ ...job, timestamp: '2003-01-01T00:00:00.000000Z', service: 'web', component: null });
    await insert(database.sql, [...records, late].toReversed());
  });

  test('is all records with one id, wherever in time they lie', async () => {
    const [found, missing, other] = await findChains(database.sql, 'correlationId', ['job', 'none', 'other'], null);
    expect(found).toEqual({
      id: 'job',
      startedAt: '2002-03-01T10:00:00.000000Z',
      endedAt: '2003-01-01T00:00:00.000000Z',
      durationMs: (306 * 24 - 10) * 3_600_000,
      logCount: 6,
      errorCount: 2,
      highestLevel: 'CRITICAL',
    });
    expect(missing).toBeNull();
    expect(other).toMatchObject({ id: 'other', durationMs: 0, logCount: 1, errorCount: 0, highestLevel: 'INFO' });
  });

  test('names services and users in order of first appearance', async () => {
    expect(await chainServices(database.sql, ['job', 'none', 'other'], null)).toEqual([
      ['web', 'billing'],
      [],
      ['cron'],
    ]);
    expect(await chainUserIds(database.sql, ['other', 'job'], 100, null)).toEqual([[], ['ann', 'bob']]);
    expect(await chainUserIds(database.sql, ['job'], 1, null)).toEqual([['ann']]);
  });

  test('shows its earliest error', async () => {
    const [error, none, missing] = await chainFirstErrors(database.sql, ['job', 'other', 'none'], null);
    expect(error).toMatchObject({ message: 'first error', service: 'billing', severityNumber: 17 });
    expect([none, missing]).toEqual([null, null]);
  });

  test('is a step for each stretch of records from one service and component, with the silence before it', async () => {
    const [steps, none] = await chainSteps(database.sql, ['job', 'none'], 4, null);
    expect(steps).toEqual([
      {
        service: 'web',
        component: 'router',
        startedAt: '2002-03-01T10:00:00.000000Z',
        endedAt: '2002-03-01T10:00:00.250000Z',
        durationMs: 250,
        gapMs: 0,
        logCount: 2,
        errorCount: 0,
        highestLevel: 'INFO',
      },
      expect.objectContaining({ service: 'billing', component: null, gapMs: 750.001, errorCount: 1, durationMs: 0 }),
      expect.objectContaining({ service: 'billing', component: 'db', gapMs: 500, highestLevel: 'WARNING' }),
      expect.objectContaining({ service: 'web', component: 'router', gapMs: 499.999, highestLevel: 'CRITICAL' }),
    ]);
    expect(none).toEqual([]);
    expect((await chainSteps(database.sql, ['job'], 200, null))[0]).toHaveLength(5);
  });

  test('that is the run of a pipeline has a stage for each component, in order of first appearance', async () => {
    const run = { pipelineId: 'run' };
    await insert(database.sql, [
      at('11:00:00.000000', { ...run, component: 'extract' }),
      at('11:00:01.000000', { ...run, component: null, severityNumber: 17 }),
      at('11:00:02.500000', { ...run, component: 'extract' }),
      at('11:00:03.000000', { ...run, component: 'load' }),
    ]);
    const [stages, none] = await pipelineStages(database.sql, ['run', 'job'], 200, null);
    expect(stages).toEqual([
      {
        component: 'extract',
        startedAt: '2002-03-01T11:00:00.000000Z',
        endedAt: '2002-03-01T11:00:02.500000Z',
        durationMs: 2500,
        logCount: 2,
        errorCount: 0,
        highestLevel: 'INFO',
      },
      expect.objectContaining({ component: null, errorCount: 1, highestLevel: 'ERROR' }),
      expect.objectContaining({ component: 'load', durationMs: 0 }),
    ]);
    expect(none).toEqual([]);
    expect((await pipelineStages(database.sql, ['run'], 1, null))[0]).toHaveLength(1);
    expect((await findChains(database.sql, 'pipelineId', ['run'], null))[0]).toMatchObject({
      logCount: 4,
      errorCount: 1,
    });
  });
});

describe('the newest chains', () => {
  const ALL = { from: null, to: '2100-01-01T00:00:00.000000Z' };
  /** Every chain but `steady` has records in two years, and some share the time of their newest. */
  async function withChains(): Promise<TestDatabase> {
    const other = await createTestDatabase();
    const chains = Array.from({ length: 30 }, (_, n) => [
      record({ correlationId: `c${n}`, timestamp: `2001-01-01T00:00:${String(n % 10).padStart(2, '0')}.000000Z` }),
      record({ correlationId: `c${n}`, timestamp: `2002-01-01T00:00:${String(n >> 1).padStart(2, '0')}.000000Z` }),
    ]);
    const steady = Array.from({ length: 5000 }, (_, n) =>
      record({
        correlationId: 'steady',
        service: n === 0 ? 'rare' : 'billing',
        timestamp: `2002-01-01T00:0${n % 6}:30.${String(n).padStart(6, '0')}Z`,
      }),
    );
    await insert(other.sql, [...chains.flat(), ...steady, record({ timestamp: '2003-01-01T00:00:00.000000Z' })]);
    return other;
  }

  async function pages({ sql }: TestDatabase, first: number, filter: Filter, window = ALL): Promise<string[]> {
    const ids: string[] = [];
    for (let after: ChainPosition | null = null, more = true; more; ) {
      const page = await newestChains(sql, { filter, window, first, after });
      ids.push(...page.positions.map(({ correlationId }) => correlationId));
      expect(page.positions.length).toBeLessThanOrEqual(first);
      after = page.positions.at(-1) ?? null;
      more = page.hasNextPage;
    }
    return ids;
  }

  test('come by their newest record, each once, whatever the size of a page', async () => {
    await using other = await withChains();
    const expected = [
      'steady',
      ...Array.from({ length: 30 }, (_, n) => ({ id: `c${n}`, time: n >> 1 }))
        .sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1))
        .map(({ id }) => id),
    ];
    for (const first of [1, 4, 7, 31, 100]) expect(await pages(other, first, EVERYTHING)).toEqual(expected);
  });

  test('hold filter and window: the newest record is the newest that matches', async () => {
    await using other = await withChains();
    expect(await pages(other, 10, fieldIs('service', 'rare'))).toEqual(['steady']);
    expect(await pages(other, 10, fieldIs('service', 'none'))).toEqual([]);
    const early = { from: null, to: '2001-01-01T00:00:01.000000Z' };
    expect(await pages(other, 1, not(fieldIs('service', 'rare')), early)).toEqual(['c20', 'c10', 'c0']);
    expect(await newestChains(other.sql, { filter: EVERYTHING, window: early, first: 2, after: null })).toEqual({
      positions: ['c20', 'c10'].map((correlationId) => ({ correlationId, timestamp: '2001-01-01T00:00:00.000000Z' })),
      hasNextPage: true,
    });
  });
});
