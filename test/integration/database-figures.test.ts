import { expect, test } from 'vitest';
import { readDatabaseFigures } from '../../src/db/read/database-figures.ts';
import { createTestDatabase } from '../support/database.ts';

const HOUR_MS = 3_600_000;

test('the figures of a database say which partitions are open, sealed and due, and what rollups wait', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const empty = await readDatabaseFigures(sql, HOUR_MS);
  expect(empty).toEqual({
    sizeBytes: expect.any(Number),
    partitions: { open: 0, sealed: 0, archived: 0, sealDue: 0, sealLagSeconds: 0 },
    archive: { files: 0, rows: 0, bytes: 0 },
    rollups: { deltas: 0, gaps: 0 },
    deliveriesWaiting: 0,
  });
  expect(empty.sizeBytes).toBeGreaterThan(1_000_000);
  await sql`
    insert into log_partitions (name, from_ts, to_ts, state) values
      ('a', now() - interval '4 days', now() - interval '3 days', 'SEALED'),
      ('b', now() - interval '3 days', now() - interval '3 hours', 'OPEN'),
      ('c', now() - interval '3 hours', now() - interval '30 minutes', 'OPEN'),
      ('d', now() - interval '30 minutes', now() + interval '1 day', 'OPEN')`;
  await sql`
    insert into log_rollup_gaps (from_ts, to_ts)
    select now() + n * interval '1 minute', now() + (n + 1) * interval '1 minute' from generate_series(1, 3) as n`;
  await sql`insert into llm_rollup_gaps select now(), now() + interval '1 minute'`;
  await sql`
    insert into llm_rollups (step, ts, service, calls, errors, input_tokens, output_tokens, cache_read_tokens,
      cache_creation_tokens, reasoning_tokens, cost_nano_usd, unpriced)
    select step, now(), 'agent', 1, 0, 1, 1, 0, 0, 0, 1, 0 from unnest('{0,0,60}'::integer[]) as steps (step)`;
  await sql`insert into log_rollups (step, ts, level, service, count) values (0, now(), 2, 'agent', 1)`;
  const { partitions, rollups } = await readDatabaseFigures(sql, HOUR_MS);
  expect(partitions).toMatchObject({ open: 3, sealed: 1, sealDue: 1 });
  expect(partitions.sealLagSeconds).toBeGreaterThanOrEqual(7200);
  expect(partitions.sealLagSeconds).toBeLessThan(7200 + 600);
  expect(rollups).toEqual({ deltas: 3, gaps: 4 });
});
