import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { openCheckpoint, readFinished } from '../../../client/src/operation/checkpoint.ts';
import { doneLine, type FinishedItem, failedLine } from '../../../client/src/operation/checkpoint-line.ts';
import { keyOf } from '../../../client/src/operation/items.ts';
import { checkOptions } from '../../../client/src/operation/options.ts';
import { type ProgressFigures, toProgress } from '../../../client/src/operation/progress.ts';
import { barOf } from '../../../client/src/operation/progress-bar.ts';
import { createProgressRate } from '../../../client/src/operation/progress-rate.ts';
import { createTally } from '../../../client/src/operation/tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMED = { name: 'leads', stage: null, expectWithinSeconds: 60 };
const figures: ProgressFigures = {
  status: 'running',
  processed: 0,
  failed: 0,
  total: 5000,
  perSecond: null,
  elapsedMs: 0,
  currentItem: null,
  nowMs: 0,
};

test('progress: 100 per cent only when all is done; no ETA without a rate, without a total, or at the end', () => {
  const at = (more: Partial<ProgressFigures>) => toProgress(NAMED, { ...figures, ...more });
  expect(at({ processed: 4999, perSecond: 10 })).toMatchObject({ percentage: 99.98, eta_seconds: 0 });
  expect(at({ processed: 49_999, total: 50_000 }).percentage).toBe(99.99);
  expect(at({ processed: 5000 }).percentage).toBe(100);
  expect(at({ total: 0 }).percentage).toBe(100);
  expect(at({ processed: 1000, perSecond: 10 }).eta_seconds).toBe(400);
  expect(at({ processed: 1000 }).eta_seconds).toBeNull();
  expect(at({ processed: 1000, perSecond: 0 }).eta_seconds).toBeNull();
  expect(at({ total: null, perSecond: 10 })).toMatchObject({ percentage: null, eta_seconds: null });
  expect(at({ processed: 1000, perSecond: 10, currentItem: '7', status: 'failed' })).toMatchObject({
    eta_seconds: null,
    current_item: null,
  });
});

test('the rate is that of the last minute', () => {
  const rate = createProgressRate();
  expect(rate.perSecond()).toBeNull();
  for (let second = 0; second <= 300; second++) rate.sample(100 * second, 1000 * second);
  expect(rate.perSecond()).toBe(100);
  for (let second = 301; second <= 360; second++) rate.sample(30_000, 1000 * second);
  expect(rate.perSecond()).toBe(0);
});

test('a progress bar fits in a row of any width', () => {
  const progress = toProgress(NAMED, { ...figures, processed: 1250, failed: 3, perSecond: 37.5, elapsedMs: 20_000 });
  expect(barOf(progress, 120)).toBe('leads ######------------------ 25% | 1250/5000 | 3 failed | 37.5/s | ETA 01m40s');
  for (const columns of [1, 20, 60]) expect(barOf(progress, columns).length).toBeLessThan(columns);
  expect(barOf({ ...progress, total: null, percentage: null }, 120)).toBe('leads | 1250 | 3 failed | 37.5/s | 20s');
});

test('a checkpoint that was cut off at any byte has each whole line, and goes on after it', async () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(keys, fc.double({ min: 0, max: 1, noNaN: true }), async (written, share) => {
      const dir = mkdtempSync(join(folder, 'cut-'));
      const opening = { operation: 'leads', dir, pipelineId: 'run-1', resume: true };
      const first = await openCheckpoint(opening, () => {});
      const header = readFileSync(first.path).length;
      written.forEach((key, index) => {
        first.add(index % 3 === 2 ? failedLine(key, new Error(key)) : doneLine(key, { key }));
      });
      const whole = readFileSync(first.path);
      const cut = header + Math.floor(share * (whole.length - header));
      truncateSync(first.path, cut);
      const kept = whole.subarray(0, cut).toString('latin1').split('\n').length - 2;

      const found: FinishedItem[] = [];
      const second = await openCheckpoint({ ...opening, pipelineId: 'run-2' }, (item) => found.push(item));
      expect(second).toMatchObject({ isResumed: true, pipelineId: 'run-1', damaged: 0 });
      expect(found.map(({ key }) => key)).toEqual(written.slice(0, kept));
      for (const key of written) expect(second.has(key)).toBe(written.indexOf(key) < kept);
      for (const key of written.slice(kept)) second.add(doneLine(key, 'again'));
      second.close('succeeded');
      expect((await Array.fromAsync(readFinished('leads', dir))).map(({ key }) => key)).toEqual(written);

      const third = await openCheckpoint({ ...opening, pipelineId: 'run-3' }, () => expect.unreachable());
      expect(third).toMatchObject({ isResumed: false, pipelineId: 'run-3' });
      third.close('failed');
    }),
    { numRuns: 40 },
  );
});

test('damaged lines of a checkpoint are skipped and counted, and their items are not finished', async () => {
  const dir = mkdtempSync(join(folder, 'damaged-'));
  const opening = { operation: 'leads', dir, pipelineId: undefined, resume: true };
  const first = await openCheckpoint(opening, () => {});
  first.add(doneLine('1', null));
  appendFileSync(first.path, `${'\0'.repeat(100_000)}\n{"key":2}\n{"key":"3"\n`);
  first.add(doneLine('4', null));
  const second = await openCheckpoint(opening, () => {});
  expect(second).toMatchObject({ damaged: 3, pipelineId: first.pipelineId });
  expect(['1', '2', '3', '4'].filter(second.has)).toEqual(['1', '4']);
});

test('a result that is no JSON, or too long, is left out, and the line says why', () => {
  expect(doneLine('1', undefined)).toEqual({ key: '1' });
  expect(doneLine('1', 5n)).toEqual({ key: '1', omitted: expect.stringContaining('no JSON: ') });
  expect(doneLine('1', 'x'.repeat(70_000))).toEqual({ key: '1', omitted: '70002 bytes; at most 65536' });
});

test('whatever an item throws, its line says what it can', () => {
  const strange = [Object.create(null), Object.assign(new Error('a'), { message: undefined }), Symbol('a'), undefined];
  for (const error of strange)
    expect(failedLine('7', error)).toMatchObject({ key: '7', error: { type: expect.any(String) } });
  expect(failedLine('7', new RangeError('too long'))).toEqual({
    key: '7',
    error: { type: 'RangeError', message: 'too long' },
  });
});

test('the return value holds a bounded part of results and failures, and counts the rest', () => {
  const tally = createTally<string>();
  for (let at = 0; at < 3; at++) tally.add(doneLine(`${at}`, 'result'), 30 * 1024 * 1024);
  tally.add(doneLine('no JSON', 1n), 10);
  for (let at = 0; at < 1002; at++) tally.add(failedLine(`f${at}`, new Error('failed')), 10);
  expect([tally.results.length, tally.resultsOmitted()]).toEqual([2, 2]);
  expect([tally.failures.length, tally.failuresOmitted()]).toEqual([1000, 2]);
  expect([tally.processed(), tally.failed()]).toEqual([1006, 1002]);
});

test('the key of an item is itself, its key or its id; without one, the error says what to give', () => {
  const { key } = checkOptions('leads', {});
  expect([7, 'seven', { id: 7 }, { key: 'k', id: 7 }].map((item) => keyOf(item, key))).toEqual([
    '7',
    'seven',
    '7',
    'k',
  ]);
  for (const item of [null, {}, '', { id: {} }, 'x'.repeat(1001)]) {
    expect(() => keyOf(item, key)).toThrow(/the key of an item: expected .*, got .* Give the option `key`\./);
  }
});

test('an option that cannot be used is refused, and the error says what was expected and what came', () => {
  for (const name of ['', '../leads', '.leads', 'a/b', 'x'.repeat(101)]) {
    expect(() => checkOptions(name, {})).toThrow(`got ${JSON.stringify(name)}`);
  }
  const expected = 'operation leads, concurrency: expected a whole number from 1 to 10000, got 0';
  expect(() => checkOptions('leads', { concurrency: 0 })).toThrow(expected);
  // A timer of Node that is longer than this fires at once.
  expect(() => checkOptions('leads', { timeoutMs: 2 ** 31 })).toThrow('2147483647');
});
