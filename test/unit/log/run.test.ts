import { describe, expect, test } from 'vitest';
import { RUN_TEXT_LENGTH_MAX, type Run, readRun, SUMMARY_LENGTH_MAX, statusOf } from '../../../src/log/run.ts';
import { shift } from '../../../src/log/time.ts';
import { record } from '../../support/records.ts';

const run = (progress: unknown, pipelineId: string | null = 'p'): Run | null =>
  readRun(record({ pipelineId, host: 'h', attributes: { progress } }));
const progressOf = (progress: object) => run(progress)!.progress;

const NOTHING = {
  processed: 0,
  failed: 0,
  total: null,
  percentage: null,
  ratePerSecond: null,
  elapsedMs: 0,
  etaMs: null,
  currentItem: null,
  stage: null,
};

test('a record tells of a run if it has a pipeline id and an object `progress`', () => {
  expect(run({}, null)).toBeNull();
  for (const progress of [undefined, null, 'half', 50, [{}]]) expect(run(progress)).toBeNull();
  expect(run({})).toMatchObject({
    ...{ pipelineId: 'p', service: 'billing', host: 'h', name: null, end: null, summary: null },
    progress: NOTHING,
  });
});

test('all that a sender may say is read', () => {
  const sent = {
    ...{ operation: 'leads', processed: 50, failed: 2, total: 200, percentage: 25.5, rate_per_second: 4 },
    ...{ elapsed_seconds: 12.5, eta_seconds: 40, current_item: 'lead-50', stage: 'load', status: 'running' },
  };
  expect(run(sent)!.name).toBe('leads');
  expect(progressOf(sent)).toEqual({
    ...{ processed: 50, failed: 2, total: 200, percentage: 25.5, ratePerSecond: 4 },
    ...{ elapsedMs: 12_500, etaMs: 40_000, currentItem: 'lead-50', stage: 'load' },
  });
});

test('a value of another type or range counts as absent, and the others are read', () => {
  const sent = {
    ...{ operation: {}, processed: -1, failed: 1.5, total: '10', percentage: 50, rate_per_second: 'fast' },
    ...{ elapsed_seconds: 1e300, current_item: false, stage: '', status: 'odd', summary: 'done' },
  };
  expect(run(sent)).toMatchObject({ name: null, end: null, summary: null, progress: NOTHING });
  expect(progressOf({ ...sent, processed: 7 })).toEqual({ ...NOTHING, processed: 7 });
});

test('percentage and remaining time follow from the counts where they are not told', () => {
  expect(progressOf({ processed: 1, total: 3, rate_per_second: 0.5 })).toMatchObject({
    percentage: 33.33,
    etaMs: 4000,
  });
  expect(progressOf({ processed: 5, total: 3, rate_per_second: 1 })).toMatchObject({ percentage: 100, etaMs: 0 });
  expect(progressOf({ total: 0 }).percentage).toBe(100);
  expect(progressOf({ processed: 1, total: 3, rate_per_second: 0 }).etaMs).toBeNull();
  expect(progressOf({ total: 3, rate_per_second: 1, eta_seconds: 2, status: 'failed' }).etaMs).toBeNull();
});

test('numbers are names too, and long texts are cut without breaking a character', () => {
  expect(progressOf({ current_item: 17, stage: 2 })).toMatchObject({ currentItem: '17', stage: '2' });
  const long = `${'x'.repeat(RUN_TEXT_LENGTH_MAX - 1)}😀`;
  const { currentItem } = progressOf({ current_item: long });
  expect(currentItem).toHaveLength(RUN_TEXT_LENGTH_MAX);
  expect(currentItem!.isWellFormed()).toBe(true);
});

test('a summary belongs to the end, and a very long one is left to its record', () => {
  const summary = { stored: 10, by: { kind: [1, 2] } };
  expect(run({ summary })!.summary).toBeNull();
  expect(run({ summary, status: 'succeeded' })!.summary).toEqual(summary);
  expect(run({ summary: { text: 'x'.repeat(SUMMARY_LENGTH_MAX) }, status: 'failed' })).toMatchObject({
    end: 'FAILED',
    summary: null,
  });
});

describe('the status', () => {
  const statusAfter = (seconds: number, progress: object) => {
    const told = record({ pipelineId: 'p', attributes: { progress } });
    return statusOf(readRun(told)!, shift(told.receivedAt, seconds * 1000));
  };

  test('is RUNNING while the record is as recent as it says, by the clock of the server', () => {
    expect(statusAfter(60, {})).toBe('RUNNING');
    expect(statusAfter(60.001, {})).toBe('STALLED');
    expect(statusAfter(5, { expect_within_seconds: 5 })).toBe('RUNNING');
    expect(statusAfter(5.001, { expect_within_seconds: 5, status: 'running' })).toBe('STALLED');
    expect(statusAfter(86_400, { expect_within_seconds: 86_400 })).toBe('RUNNING');
  });

  test('follows the default where the sender names another time than 1 to 86400 seconds', () => {
    for (const seconds of [0, 0.5, 86_401, '5', null]) {
      expect(statusAfter(60, { expect_within_seconds: seconds })).toBe('RUNNING');
      expect(statusAfter(61, { expect_within_seconds: seconds })).toBe('STALLED');
    }
  });

  test.each(['succeeded', 'failed', 'cancelled', 'timed_out'])('%s stays', (status) => {
    expect(statusAfter(1_000_000, { status })).toBe(status.toUpperCase());
    expect(statusAfter(0, { status: status.toUpperCase() })).toBe(status.toUpperCase());
  });
});
