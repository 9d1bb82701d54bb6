import { expect, test } from 'vitest';
import { PARTITIONS_MAX } from '../../src/db/partitions/partition-bounds.ts';
import { startTestServer } from '../support/server.ts';

const YEAR_MS = 365 * 86_400_000;
/**
 * How many times as long as storing 10,000 records of the present it may take. It took 0.7 s, 0.2 s, 10 ms and 80 ms where
 * that took 0.2 s; without the bound on partitions, minutes.
 */
const TIMES_MAX = { first: 50, second: 50, latest: 10, search: 25 };

test('10,000 records scattered over 40 years make 200 partitions at most, and what follows stays quick', async () => {
  await using server = await startTestServer();
  const random = lcg(7);
  const scattered = (name: string) =>
    Array.from({ length: 10_000 }, (_, i) => {
      // A third lies in the last two months, where partitions are narrow.
      const age = random() * (i % 3 === 0 ? 60 * 86_400_000 : 39.9 * YEAR_MS);
      return JSON.stringify({ timestamp: new Date(Date.now() - age).toISOString(), message: `${name} ${i}` });
    }).join('\n');
  let usualMs = 0;
  const timed = async <T>(timesMax: number, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work();
    expect(performance.now() - startedAt).toBeLessThan(timesMax * usualMs);
    return result;
  };
  const accepted = async (body: string) => (await (await server.ingest(body)).json()) as { accepted: number };

  await accepted('{"message":"warm"}');
  const begunAt = performance.now();
  await accepted(Array.from({ length: 10_000 }, (_, i) => JSON.stringify({ message: `present ${i}` })).join('\n'));
  usualMs = performance.now() - begunAt;

  expect(await timed(TIMES_MAX.first, () => accepted(scattered('first')))).toMatchObject({ accepted: 10_000 });
  expect(await timed(TIMES_MAX.second, () => accepted(scattered('second')))).toMatchObject({ accepted: 10_000 });
  const { data } = await server.query<{ storage: { rows: number; partitions: unknown[] } }>(
    '{ storage { rows partitions { name } } }',
  );
  expect(data!.storage.rows).toBe(30_001);
  expect(data!.storage.partitions.length).toBeGreaterThan(80);
  expect(data!.storage.partitions.length).toBeLessThanOrEqual(PARTITIONS_MAX);

  const count = async (query: string) =>
    (await server.query<{ logs: { nodes: unknown[] } }>(query)).data!.logs.nodes.length;
  expect(await timed(TIMES_MAX.latest, () => count('{ logs(first: 100) { nodes { message } } }'))).toBe(100);
  expect(
    await timed(TIMES_MAX.search, () => count('{ logs(filter: { query: "\\"first 77\\"" }) { nodes { message } } }')),
  ).toBeGreaterThan(0);
});

/** Numbers from 0 to 1, the same in every run. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
