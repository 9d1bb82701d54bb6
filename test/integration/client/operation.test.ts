import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { contextFields } from '../../../client/src/context.ts';
import {
  InvalidOperation,
  ItemTimedOut,
  OperationLocked,
  OperationStopped,
  type Progress,
  readFinished,
  runOperation,
} from '../../../client/src/operation.ts';
import type { RecordLog } from '../../../client/src/record-log.ts';

const root = mkdtempSync(join(tmpdir(), 'weir-test-'));
afterAll(() => rmSync(root, { recursive: true }));
const folder = (): string => mkdtempSync(join(root, 'run-'));

interface Line {
  level: string;
  message: string;
  fields: { progress?: Progress; pipeline_id?: string; item?: string; err?: unknown; [name: string]: unknown };
}

function listLog(): RecordLog & { lines: Line[] } {
  const lines: Line[] = [];
  const add = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, fields: fields as Line['fields'] });
  };
  return { lines, debug: add('debug'), info: add('info'), warn: add('warn'), error: add('error') };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const readProgress = (dir: string): Progress & { pipeline_id: string } =>
  JSON.parse(readFileSync(join(dir, 'leads.json'), 'utf8'));
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

test('an item that fails is logged with its key, recorded as failed, and does not stop the run', async () => {
  const dir = folder();
  const log = listLog();
  const summary = await runOperation(
    'leads',
    numbers(20),
    async (item) => {
      if (item === 7) throw new TypeError('a lead without a name');
      return { doubled: 2 * item };
    },
    { dir, log, concurrency: 3 },
  );
  expect(summary).toMatchObject({
    status: 'succeeded',
    processed: 20,
    succeeded: 19,
    failed: 1,
    total: 20,
    exitCode: 0,
  });
  expect(summary.results).toHaveLength(19);
  expect(summary.results[0]).toEqual({ key: '0', result: { doubled: 0 } });
  expect(summary.failures).toEqual([{ key: '7', type: 'TypeError', message: 'a lead without a name' }]);
  const failed = log.lines.filter(({ level }) => level === 'error');
  expect(failed).toEqual([
    expect.objectContaining({
      message: 'operation item failed',
      fields: expect.objectContaining({ item: '7', pipeline_id: summary.pipelineId, err: expect.any(TypeError) }),
    }),
  ]);
});

test('the progress file and the last record say how the run ended', async () => {
  const dir = folder();
  const log = listLog();
  const { pipelineId } = await runOperation('leads', numbers(4), () => 1, { dir, log, stage: 'extract' });
  const progress = {
    operation: 'leads',
    status: 'succeeded',
    processed: 4,
    failed: 0,
    total: 4,
    percentage: 100,
    elapsed_seconds: expect.any(Number),
    eta_seconds: null,
    current_item: null,
    stage: 'extract',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    expect_within_seconds: 60,
    summary: expect.objectContaining({ succeeded: 4, success_rate: 1, reason: null }),
  };
  expect(readProgress(dir)).toMatchObject({ pipeline_id: pipelineId, ...progress });
  expect(log.lines[0]).toMatchObject({ message: 'operation progress', fields: { progress: { status: 'running' } } });
  expect(log.lines.at(-1)).toMatchObject({
    level: 'info',
    message: 'operation succeeded',
    fields: { pipeline_id: pipelineId, progress },
  });
});

test('progress is shown once a second while the run goes on, also by items that never wait', async () => {
  const dir = folder();
  const log = listLog();
  const shown = () => log.lines.filter(({ fields }) => fields.progress?.status === 'running');
  function* untilShown(): Generator<number> {
    for (let at = 0; shown().length < 3; at++) yield at;
  }
  const startedAt = performance.now();
  const summary = await runOperation('leads', untilShown(), () => undefined, { dir, log });
  // The first state is shown at once.
  expect(performance.now() - startedAt).toBeGreaterThan(1900);
  expect(summary).toMatchObject({ status: 'succeeded', failed: 0, total: summary.processed });
  expect(shown()[2]?.fields.progress).toMatchObject({ total: null, percentage: null, eta_seconds: null });
  expect(shown()[2]?.fields.progress?.rate_per_second).toBeGreaterThan(0);
});

test('a run that goes on without any change is told of in a third of the time that the server waits', async () => {
  const dir = folder();
  const log = listLog();
  const stop = new AbortController();
  const run = runOperation('leads', ['one'], (_, { signal }) => untilAborted(signal), {
    dir,
    log,
    expectWithinSeconds: 9,
    graceMs: 0,
    signal: stop.signal,
  });
  while (log.lines.length < 3) await sleep(20);
  stop.abort();
  await run;
  // Started, the item began, and the same again.
  const times = log.lines.slice(0, 3).map(({ fields }) => Date.parse(fields.progress!.timestamp));
  expect(log.lines.slice(0, 3).map(({ fields }) => fields.progress!.current_item)).toEqual([null, 'one', 'one']);
  expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(2900);
});

test('an item that takes too long has failed, its signal says why, and its late result changes nothing', async () => {
  const dir = folder();
  let reason: unknown;
  let finishLate = (_: string): void => {};
  const summary = await runOperation(
    'leads',
    ['hanging', 'next'],
    (item, { signal }) => {
      if (item === 'next') return 'result';
      signal.addEventListener('abort', () => (reason = signal.reason));
      return new Promise<string>((resolve) => (finishLate = resolve));
    },
    { dir, itemTimeoutMs: 50 },
  );
  finishLate('late');
  await sleep(0);
  expect(reason).toBeInstanceOf(ItemTimedOut);
  expect(summary).toMatchObject({ status: 'succeeded', failed: 1 });
  expect(summary.failures).toMatchObject([{ key: 'hanging', type: 'ItemTimedOut' }]);
  expect(summary.results).toEqual([{ key: 'next', result: 'result' }]);
  expect(await Array.fromAsync(readFinished('leads', dir))).toHaveLength(2);
});

test('items that still run after their time are not gathered without end', async () => {
  const items = numbers(5000);
  const hang = () => new Promise(() => {});
  const options = { dir: folder(), concurrency: 100, itemTimeoutMs: 1 };
  const summary = await runOperation('leads', items, hang, options);
  expect(summary).toMatchObject({ status: 'failed', reason: 'more than 1000 items still run after itemTimeoutMs' });
  expect(summary.failed).toBe(1001);

  const react = (_: number, { signal }: { signal: AbortSignal }) => untilAborted(signal);
  const reacting = await runOperation('leads', numbers(1500), react, options);
  expect(reacting).toMatchObject({ status: 'succeeded', failed: 1500 });
});

test('a resumed run keeps its id, handles only what is not finished, and returns the results of all sessions', async () => {
  const dir = folder();
  const options = { dir, resume: true, stopAfterFailures: 2 };
  const handled: number[] = [];
  const handle = (item: number) => {
    handled.push(item);
    if (item % 10 === 9) throw new Error('a nine');
    return item;
  };
  const first = await runOperation('leads', numbers(50), handle, options);
  expect(first).toMatchObject({ status: 'failed', processed: 20, failed: 2, isResumed: false, exitCode: 1 });
  expect(first.reason).toContain('2 items have failed');
  const second = await runOperation('leads', numbers(50), handle, options);
  expect(second).toMatchObject({ status: 'failed', processed: 40, failed: 4, isResumed: true });
  const third = await runOperation('leads', numbers(50), handle, options);
  expect(third).toMatchObject({ status: 'succeeded', processed: 50, failed: 5, isResumed: true });
  expect([second.pipelineId, third.pipelineId]).toEqual([first.pipelineId, first.pipelineId]);
  expect(third.elapsedSeconds).toBeGreaterThan(second.elapsedSeconds);
  expect(handled).toEqual(numbers(50));
  expect(third.results.map(({ result }) => result)).toEqual(numbers(50).filter((item) => item % 10 !== 9));

  const fourth = await runOperation('leads', [1], handle, options);
  expect(fourth).toMatchObject({ isResumed: false, processed: 1 });
  expect(fourth.pipelineId).not.toBe(first.pipelineId);
});

test('items of the same key are one item', async () => {
  const handled: number[] = [];
  const items = [1, 2, 1, 3, 2, 1];
  const handle = async (item: number) => void handled.push(item);
  const summary = await runOperation('leads', items, handle, { dir: folder(), concurrency: 2 });
  expect(handled).toEqual([1, 2, 3]);
  expect(summary).toMatchObject({ status: 'succeeded', processed: 3, total: 3 });
});

test('no more items are in progress at a time than `concurrency` allows', async () => {
  let running = 0;
  let most = 0;
  const handle = async () => {
    most = Math.max(most, ++running);
    await sleep(1);
    running--;
  };
  await runOperation('leads', numbers(40), handle, { dir: folder(), concurrency: 4 });
  expect(most).toBe(4);
});

test('a run that takes too long ends with what it has, and can be resumed', async () => {
  const dir = folder();
  const hang = (item: number, { signal }: { signal: AbortSignal }) => (item === 3 ? untilAborted(signal) : item);
  const options = { dir, resume: true, timeoutMs: 1500 };
  const first = await runOperation('leads', numbers(5), hang, options);
  expect(first).toMatchObject({ status: 'timed_out', processed: 3, failed: 0, exitCode: 124 });
  expect(first.results.map(({ key }) => key)).toEqual(['0', '1', '2']);
  expect(readProgress(dir)).toMatchObject({ status: 'timed_out', processed: 3, percentage: 60 });
  const second = await runOperation('leads', numbers(5), (item) => item, { dir, resume: true });
  expect(second).toMatchObject({ status: 'succeeded', processed: 5, pipelineId: first.pipelineId });
});

test('the application can stop a run: items in progress may finish, then they are aborted, then they are left', async () => {
  const stop = new AbortController();
  const reasons: unknown[] = [];
  const handle = async (item: string, { signal }: { signal: AbortSignal }) => {
    if (item === 'finishes') {
      stop.abort();
      await sleep(10);
    }
    if (item === 'reacts') await untilAborted(signal).catch((error) => reasons.push(error) && Promise.reject(error));
    if (item === 'ignores') await new Promise(() => {});
    return item;
  };
  const items = ['ignores', 'reacts', 'finishes', 'never begins'];
  const summary = await runOperation('leads', items, handle, {
    dir: folder(),
    concurrency: 3,
    graceMs: 1000,
    signal: stop.signal,
  });
  expect(summary).toMatchObject({ status: 'cancelled', processed: 1, failed: 0, exitCode: 130 });
  expect(summary.results).toEqual([{ key: 'finishes', result: 'finishes' }]);
  expect(reasons).toEqual([expect.any(OperationStopped)]);
});

test('a source that hangs does not keep a run from stopping, and one that fails ends it with what it has', async () => {
  async function* hanging(): AsyncGenerator<number> {
    yield 1;
    await new Promise(() => {});
  }
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error('the list of leads could not be read');
  }
  const dir = folder();
  const hung = await runOperation('leads', hanging(), (item) => item, { dir, timeoutMs: 300 });
  expect(hung).toMatchObject({ status: 'timed_out', processed: 1 });
  const log = listLog();
  const failed = await runOperation('leads', failing(), (item) => item, { dir, log });
  expect(failed).toMatchObject({
    status: 'failed',
    processed: 1,
    reason: expect.stringContaining('could not be read'),
  });
  expect(log.lines.at(-1)).toMatchObject({ level: 'error', fields: { err: failed.error } });
  const keyless = await runOperation('leads', [{ name: 'Ada' }], () => 1, { dir });
  expect(keyless).toMatchObject({ status: 'failed', error: expect.any(InvalidOperation) });
});

test('a second run of the same name is refused while the first goes on, and the lock ends with it', async () => {
  const dir = folder();
  const first = runOperation('leads', [1], () => sleep(100), { dir });
  const second = runOperation('leads', [1], () => 1, { dir });
  await expect(second).rejects.toThrow(OperationLocked);
  await expect(second).rejects.toThrow(/operation leads: another run of this name is working in .*\. Wait for its end/);
  expect((await runOperation('other', [1], () => 1, { dir })).status).toBe('succeeded');
  expect((await first).status).toBe('succeeded');
  expect((await runOperation('leads', [1], () => 1, { dir })).status).toBe('succeeded');
});

test('every line that an item logs can bear the id of the run', async () => {
  const seen: unknown[] = [];
  const options = { dir: folder(), pipelineId: 'nightly-7' };
  await runOperation('leads', [1], async () => void seen.push(contextFields()), options);
  expect(seen).toEqual([{ pipeline_id: 'nightly-7', operation: 'leads' }]);
});

test('neither a log that throws nor a progress file that cannot be written ends a run', async () => {
  const dir = folder();
  const log = listLog();
  // A folder of that name: the file cannot take its place.
  const broken: RecordLog = {
    ...log,
    info() {
      throw new Error('the log is full');
    },
  };
  mkdirSync(join(dir, 'leads.json', 'x'), { recursive: true });
  expect((await runOperation('leads', [1], () => 1, { dir, log: broken })).status).toBe('succeeded');
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'operation progress file not written' }]);
});

test('a checkpoint file of something else is refused', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'leads.checkpoint.ndjson'), 'x'.repeat(2_000_000));
  const run = runOperation('leads', [1], () => 1, { dir, resume: true });
  await expect(run).rejects.toThrow('expected the lines of a checkpoint');
});
