import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { countLogs } from '../../src/db/read/logs.ts';
import { GROUPS_MAX } from '../../src/db/rollups/delta-text.ts';
import { keepRollups } from '../../src/db/rollups/rollup-keeper.ts';
import { readFacets } from '../../src/db/stats/facets.ts';
import { readLabelCounts } from '../../src/db/stats/label-counts.ts';
import { activeUsers, durations } from '../../src/db/stats/stats.ts';
import { valueCounts } from '../../src/db/stats/value-counts.ts';
import { QueryTooComplex } from '../../src/errors.ts';
import type { Position } from '../../src/log/cursor.ts';
import { EVERYTHING, type Filter, fieldTest } from '../../src/log/filter/filter.ts';
import { labelOf } from '../../src/log/logql/labels.ts';
import { ALL_TIME, type TimeSpan } from '../../src/log/time-span.ts';
import { openStats } from '../../src/resolvers/stats.ts';
import { readWindow } from '../../src/watch/alerts/read-window.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { calling, insert, record } from '../support/records.ts';
import { until } from '../support/server.ts';

const DAY: TimeSpan = { from: '2026-11-21T00:00:00.000000Z', to: '2026-11-22T00:00:00.000000Z' };
const REFUSED: Filter = fieldTest('message', { op: 'contains', value: 'REFUSED' });

const at = (time: string): { timestamp: string } => ({
  timestamp: `2026-11-21T${time.padEnd(9, '.').padEnd(15, '0')}Z`,
});

test('the stats of a window, and what an alert reads of it, do not change when its records are archived', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, archivePartitions } = archived;
  const records = [
    record({
      ...at('08:00:00.5'),
      message: 'payment refused',
      severityNumber: 17,
      errorType: 'Refused',
      durationMs: 5,
    }),
    record({ ...at('08:00:30'), message: 'payment refused', severityNumber: 17, userId: 'ann', durationMs: 7 }),
    record({ ...at('09:15:00'), component: 'cards', userId: 'bob', attributes: { shop: 'é', 'a/b': { n: 1e-7 } } }),
    calling({ ...at('09:15:00.000001'), service: 'agent', severityNumber: 18, attributes: { shop: [1, { a: null }] } }),
  ];
  await insert(sql, records);
  const span = { from: '2026-11-21T08:00:00.400000Z', to: '2026-11-21T23:00:00.000001Z' };
  const read = async () => {
    const answers = [];
    for (const filter of [EVERYTHING, REFUSED]) {
      const stats = openStats(sql, filter, null, span, span.to);
      const bars = { buckets: 6, width: null, timeZone: 'UTC', by: { field: 'SERVICE' }, first: 2 } as never;
      answers.push(
        await Promise.all([
          ...[stats.byLevel(), stats.byService(5), stats.byComponent(5), stats.histogram(10), stats.bars(bars, true)],
          ...[stats.activeUsers(), stats.durations()],
        ]),
        await countLogs(sql, filter, span),
        await readFacets(sql, { attribute: ['shop'] }, filter, span, 5),
        await readFacets(sql, { attribute: ['a/b'] }, filter, span, 5),
        await readFacets(sql, { field: 'LLM_MODEL' }, filter, span, 5),
        await readWindow(sql, 'LLM_COST_USD', filter, span),
        await readWindow(sql, 'ERROR_COUNT' as never, filter, span),
        await valuesOf(sql, records),
      );
    }
    return answers;
  };
  const before = await read();
  await archivePartitions();
  expect(await sql`select from system_logs`).toEqual([]);
  expect(await read()).toEqual(before);
  await insert(sql, [record({ ...at('09:15:00'), message: 'payment refused' })], 2);
  expect(await countLogs(sql, EVERYTHING, span)).toBe(5);
  expect(await countLogs(sql, REFUSED, span)).toBe(3);
});

const valuesOf = (sql: Sql, records: readonly Position[]): Promise<object[]> =>
  inSnapshot(sql, async (tx) => {
    const { select } = await valueCounts(tx, records);
    return tx<object[]>`select * from (${select}) as counts order by name collate "C", is_attribute, value collate "C"`;
  });

test('gaps of an archived time are filled with what both stores hold', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, archivePartitions } = archived;
  const old = [record(at('08:00:00')), record(at('08:00:01')), calling(at('09:00:00')), record(at('23:59:59.999999'))];
  await insert(sql, old);
  await archivePartitions();
  // So many groups that they leave gaps.
  const late = Array.from({ length: GROUPS_MAX + 1 }, (_, index) =>
    calling({ ...at('08:00:30'), component: `c${index}` }, { provider: `p${index}` }),
  );
  await insert(sql, late, 2);
  await sql`insert into log_rollup_gaps (from_ts, to_ts) values ('2026-10-01T00:00:00Z', '2026-11-22T00:00:00Z')`;
  await sql`truncate log_rollups`;
  await keepRollups(sql);
  expect(await sql`select from log_rollup_gaps union all select from llm_rollup_gaps`).toEqual([]);
  const ofDay = await sql`
    select ts, sum(count)::integer as count from log_rollups where step in (0, 60) group by 1 order by 1`;
  expect(ofDay).toEqual([
    { ts: '2026-11-21T08:00:00.000000Z', count: 2 + late.length },
    { ts: '2026-11-21T09:00:00.000000Z', count: 1 },
    { ts: '2026-11-21T23:59:00.000000Z', count: 1 },
  ]);
  const calls =
    await sql`select sum(calls)::integer as calls, sum(cost_nano_usd)::text as cost from llm_rollups where step in (0, 60)`;
  expect(calls).toEqual([{ calls: 1 + late.length, cost: String((1 + late.length) * 1_200_000) }]);
});

/** More than the archive may answer with: of groups, of users and of durations. */
const MANY = 200_001;

test('what has too many groups for one answer is exact, or an error that says what to do', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, archivePartitions } = archived;
  await insert(sql, [record(at('12:00:00'))]);
  await sql`
    insert into system_logs (ts, uid, batch_id, received_at, severity_number, level, service, message, user_id, correlation_id, duration_ms, attributes)
    select '2026-11-21T10:00:00Z'::timestamptz + n * interval '1 ms', gen_random_uuid(), 1, now(), 9, 2, 'web', 'payment refused',
      'user ' || n, 'request ' || n, 100 + n::float8 / ${MANY}, '{}'
    from generate_series(1, ${MANY}) as n`;
  const before = await durations(sql, EVERYTHING, DAY);
  await archivePartitions();
  await insert(sql, [record({ ...at('13:00:00'), userId: 'user 7' }), record({ ...at('13:00:00'), userId: 'ann' })], 2);
  await inSnapshot(sql, async (tx) => {
    expect(await durations(tx, EVERYTHING, DAY)).toEqual({ ...before, avg: expect.closeTo(before.avg!, 6) });
    expect(await activeUsers(tx, EVERYTHING, DAY)).toBe(MANY + 1);
  });
  expect(await countLogs(sql, REFUSED, ALL_TIME)).toBe(MANY);
  await insert(sql, [record({ ...at('13:00:01'), correlationId: 'request 5' })], 3);
  expect(await readFacets(sql, { field: 'CORRELATION_ID' }, EVERYTHING, ALL_TIME, 3)).toEqual([
    { value: null, count: 3 },
    { value: 'request 5', count: 2 },
    { value: 'request 1', count: 1 },
  ]);
  const stats = openStats(sql, EVERYTHING, null, DAY, DAY.to);
  const bars = stats.bars({ buckets: 3, timeZone: 'UTC', by: { field: 'CORRELATION_ID' }, first: 2 } as never, true);
  const filled = (await bars).filter(({ total }) => total > 0);
  expect(
    filled.map(({ total, groups }) => [total, ...groups!.map(({ value, count }) => `${value}: ${count}`)]),
  ).toEqual([
    [MANY, 'null: 0', 'request 5: 1', `null: ${MANY - 1}`],
    [4, 'null: 3', 'request 5: 1', 'null: 0'],
  ]);
  const counts = readLabelCounts(sql, {
    ...{ filter: EVERYTHING, edges: [DAY.from, DAY.to], labels: [labelOf('correlation_id')], of: 'records', limit: 5 },
  });
  await expect(counts).rejects.toThrow(QueryTooComplex);
  await expect(counts).rejects.toThrow('expected at most 200000 groups of archived records');
});

test('a gap of an archived time whose file is gone keeps no other gap from being filled', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder, archivePartitions } = archived;
  const [early, late] = [record({ timestamp: '2026-11-20T08:00:00.000000Z' }), record(at('08:00:00'))];
  await insert(sql, [early, late]);
  await archivePartitions(['system_logs_20261121']);
  await sql`truncate log_rollups`;
  await sql`insert into log_rollup_gaps (from_ts, to_ts)
    select ts, ts + interval '1 minute' from unnest(${[early.timestamp, late.timestamp]}::timestamptz[]) as ts`;
  await sql`insert into llm_rollup_gaps (from_ts, to_ts) values ('2026-11-20T08:00:00Z', '2026-11-20T09:00:00Z')`;
  await rm(join(folder, 'logs'), { recursive: true });
  // One run fills for two seconds: the start of DuckDB may take them.
  await until(async () => {
    await keepRollups(sql);
    return (await sql`select from log_rollup_gaps union all select from llm_rollup_gaps`).length === 1;
  });
  expect(await sql`select from_ts from log_rollup_gaps union all select from_ts from llm_rollup_gaps`).toEqual([
    { from_ts: late.timestamp },
  ]);
  expect(await sql`select ts, count::integer from log_rollups where step = 0`).toEqual([
    { ts: early.timestamp, count: 1 },
  ]);
});
