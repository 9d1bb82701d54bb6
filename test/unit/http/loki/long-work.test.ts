import { expect, test } from 'vitest';
import { QueryCanceled } from '../../../../src/errors.ts';
import { streamsOf } from '../../../../src/http/loki/log-query.ts';
import { createPause } from '../../../../src/http/loki/pauses.ts';
import { ATTRIBUTES_MAX, structuredMetadata } from '../../../../src/http/loki/record-labels.ts';
import { aggregate, operate, type Series } from '../../../../src/http/loki/series.ts';
import { parseLogql } from '../../../../src/log/logql/parse-metric.ts';
import type { Binary, Grouped } from '../../../../src/log/logql/syntax.ts';
import { record } from '../../../support/records.ts';

const SERIES: Series[] = Array.from({ length: 100 }, (_, i) => ({
  labels: { host: `host-${i}` },
  points: new Map([
    [0, i],
    [1, 2 * i],
  ]),
}));

/** How often work pauses. */
async function pausesOf(work: (pause: () => Promise<void>) => Promise<unknown>): Promise<number> {
  let pauses = 0;
  await work(async () => {
    pauses++;
  });
  return pauses;
}

test.each(['1 + vector(1)', 'vector(1) > 1', 'vector(1) + vector(1)'])('%s pauses at each series', async (text) => {
  const binary = parseLogql(text) as Binary;
  const [left, right] = [binary.left, binary.right].map((side) => (side.kind === 'scalar' ? side.value : SERIES));
  expect(await pausesOf((pause) => operate(binary, left!, right!, pause))).toBeGreaterThanOrEqual(SERIES.length);
});

test.each(['sum', 'max', 'topk', 'bottomk'])('%s pauses at each series', async (fn) => {
  const grouped = { fn, size: 5, by: { without: false, labels: [] } } as unknown as Grouped;
  expect(await pausesOf((pause) => aggregate(grouped, SERIES, pause))).toBeGreaterThanOrEqual(2 * SERIES.length);
});

test('lines pause at each record', async () => {
  const records = Array.from({ length: 100 }, (_, i) => record({ attributes: { i } }));
  const form = { isCategorized: true, labels: (labels: Record<string, string>) => labels };
  expect(await pausesOf((pause) => streamsOf(records, form, pause))).toBe(100);
});

test('work that pauses lets timers run, and ends when its request has', async () => {
  const ends = new AbortController();
  const pause = createPause(ends.signal);
  setTimeout(() => ends.abort(), 1);
  const work = async () => {
    for (;;) await pause();
  };
  await expect(work()).rejects.toBeInstanceOf(QueryCanceled);
});

test('a record has a bounded number of labels', () => {
  const attributes = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key.${i}`, i]));
  const labels = Object.keys(structuredMetadata(record({ attributes })));
  expect(labels.filter((name) => name.startsWith('key_'))).toHaveLength(ATTRIBUTES_MAX);
  expect(labels).toContain('key_0');
});
