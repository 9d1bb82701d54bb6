import { expect, test } from 'vitest';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import { connect } from '../../src/db/connection/client.ts';
import { readPartitions } from '../../src/db/partitions/partitions.ts';
import { newestRunsStatement } from '../../src/db/runs/run-statement.ts';
import { findRunsInRecords } from '../../src/db/runs/runs-in-records.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { fieldIs } from '../../src/log/filter/filter.ts';
import { now, shift } from '../../src/log/time.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createTestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

const START = '2026-11-01T00:00:00.000000Z';
const DAY_MS = 86_400_000;
const RUNS = 8;
const PER_DAY = 4000;

/** Every node of a plan that reads a partition of the records. */
const scansIn = (plan: string): string[] =>
  plan
    .split('\n')
    .filter((line) => /(?:Scan|Seq).* on (?:idx_)?system_logs/.test(line) || / using \S*system_logs/.test(line));

test('the newest record of each run is found by the index of pipelines, before and after tables are analyzed', async () => {
  await using database = await createTestDatabase();
  const ids = Array.from({ length: RUNS }, (_, i) => `run ${i}`);
  for (let day = 0; day < 3; day++) {
    const records = Array.from({ length: PER_DAY }, (_, i) =>
      record({
        ...{
          pipelineId: i % 2 === 0 ? ids[(i / 2) % RUNS]! : null,
          environment: i % 3 === 0 ? 'staging' : 'production',
        },
        ...{ timestamp: shift(START, day * DAY_MS + i * 1000), attributes: { progress: { processed: i } } },
      }),
    );
    await insert(database.sql, records);
  }
  const statements: { text: string; parameters: unknown[] }[] = [];
  const sql = connect(database.url, {
    ...{ max: 1, statementTimeoutMs: 60_000 },
    onStatement: (text, parameters) => statements.push({ text, parameters }),
  });
  const plansOf = async (): Promise<string[]> => {
    statements.length = 0;
    const found = await findRunsInRecords(sql, ids, fieldIs('environment', 'staging'), ALL_TIME);
    expect(found.size).toBe(RUNS);
    const [asked] = statements.filter(({ text }) => text.includes('system_logs'));
    const rows = await sql.unsafe<{ 'QUERY PLAN': string }[]>(
      `explain (costs off) ${asked!.text}`,
      asked!.parameters as never,
    );
    return scansIn(rows.map((row) => row['QUERY PLAN']).join('\n'));
  };
  for (const analyzed of [false, true]) {
    if (analyzed) await database.sql`analyze`;
    const scans = await plansOf();
    expect(scans.length).toBeGreaterThan(0);
    expect(scans.filter((scan) => !scan.includes('idx_system_logs_pipeline'))).toEqual([]);
  }
  await database.sql.unsafe(
    newestRunsStatement([
      record({ pipelineId: 'run 0', timestamp: shift(START, -1000), attributes: { progress: {} } }),
    ]),
  );
  await cleanup(sql, { before: START, filter: null, dryRun: false, timeLimitMs: 10_000 });
  const [mended] = statements.filter(({ text }) => text.includes('for update'));
  const rows = await sql.unsafe<{ 'QUERY PLAN': string }[]>(
    `explain (costs off) ${mended!.text}`,
    mended!.parameters as never,
  );
  const scans = scansIn(rows.map((row) => row['QUERY PLAN']).join('\n'));
  expect(scans.filter((scan) => !scan.includes('pkey'))).toEqual([]);
  await sql.end();
});

test('emptying a partition looks up its runs in no later one: a lock on that does not stop it', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const told = (day: number, pipelineId: string) =>
    record({ timestamp: shift(now(), (day - 3) * DAY_MS), pipelineId, attributes: { progress: { processed: day } } });
  const records = [told(0, 'gone'), told(2, 'newer')];
  await insert(sql, records);
  await sql.unsafe(newestRunsStatement(records));
  const partitions = await readPartitions(sql, SYSTEM_LOGS);
  expect(partitions.length).toBeGreaterThan(1);
  const later = partitions.at(-1)!;
  const locker = connect(database.url, { max: 1, statementTimeoutMs: 60_000 });
  const [locked, unlocked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const locking = locker.begin(async (tx) => {
    await tx`lock table ${tx(later.name)} in access exclusive mode`;
    locked.resolve();
    await unlocked.promise;
  });
  await locked.promise;
  const result = await cleanup(sql, { before: later.from, filter: null, dryRun: false, timeLimitMs: 20_000 });
  unlocked.resolve();
  await locking;
  await locker.end();
  expect(result).toMatchObject({ complete: true, deleted: 1 });
  expect(await sql`select pipeline_id from pipeline_runs`).toEqual([{ pipeline_id: 'newer' }]);
});
