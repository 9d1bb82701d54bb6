import { expect, test } from 'vitest';
import { type RunEvent, type RunWatchDeps, WATCHED_RUNS_MAX } from '../../../src/live/run-watch.ts';
import { createRunWatches, type RunWatches } from '../../../src/live/run-watches.ts';
import type { TailEvent } from '../../../src/live/tail-event.ts';
import { type Run, readRun } from '../../../src/log/run.ts';
import { now, shift } from '../../../src/log/time.ts';
import { record } from '../../support/records.ts';
import { until } from '../../support/server.ts';

const START = now();

/** A record of progress, so many milliseconds after the start of the test. */
const told = (pipelineId: string, atMs: number, progress: object = {}) => ({
  ...record({ pipelineId, timestamp: shift(START, atMs), attributes: { progress: { processed: atMs, ...progress } } }),
  receivedAt: now(),
});
const runOf = (pipelineId: string, atMs: number, progress: object = {}): Run =>
  readRun(told(pipelineId, atMs, progress))!;

/** The records of a hub, as a test sends them. */
function createTail() {
  const events: TailEvent[] = [];
  let [ended, returned] = [false, false];
  const cursor = { seq: 1, batchId: 1, after: null };
  return {
    send: (records: ReturnType<typeof told>[], skipped = 0) => events.push({ records, cursor, skipped, live: true }),
    end: () => {
      ended = true;
    },
    get returned() {
      return returned;
    },
    iterator: {
      async next() {
        await until(() => events.length > 0 || ended || returned);
        const value = events.shift();
        return value ? { done: false, value } : { done: true, value: undefined };
      },
      async return() {
        returned = true;
        return { done: true, value: undefined };
      },
    } as AsyncIterator<TailEvent>,
  };
}

function watched(more: Partial<RunWatchDeps> = {}) {
  const tail = createTail();
  tail.send([]);
  const watches = createRunWatches();
  const deps: RunWatchDeps = {
    ...{ told: tail.iterator, readFirst: async () => [], find: async (ids) => ids.map(() => null) },
    ...{ matches: () => true, tellsEnded: true, ...more },
  };
  return { tail, watches, deps, read: () => read(watches, deps) };
}

function read(watches: RunWatches, deps: RunWatchDeps) {
  const iterator = watches.read('key', () => deps);
  const events: RunEvent[] = [];
  const ended = (async () => {
    for await (const event of iterator) events.push(event);
  })();
  return { events, ended, iterator };
}

const shown = (events: readonly RunEvent[]) =>
  events.map(({ run, status }) => `${run.pipelineId} ${run.progress.processed} ${status}`);

test('readers of the same key share a watch and its events, which ends with its last reader', async () => {
  const { tail, watches, read } = watched({ readFirst: async () => [runOf('b', 2), runOf('a', 1)] });
  const [one, other] = [read(), read()];
  await until(() => one.events.length === 2 && other.events.length === 2);
  expect(shown(one.events)).toEqual(['a 1 RUNNING', 'b 2 RUNNING']);
  expect(other.events[0]).toBe(one.events[0]);
  const late = read();
  await until(() => late.events.length === 2);
  await one.iterator.return!();
  await late.iterator.return!();
  expect([tail.returned, watches.running]).toEqual([false, 1]);
  await other.iterator.return!();
  expect([tail.returned, watches.running]).toEqual([true, 0]);
});

test('a slow reader gets the newest state of each run, and nothing between', async () => {
  const { tail, watches, deps, read } = watched();
  const quick = read();
  const slow = watches.read('key', () => deps);
  const first = slow.next();
  tail.send([told('a', 1)]);
  expect((await first).value!.run.progress.processed).toBe(1);
  tail.send([told('a', 2)]);
  await until(() => shown(quick.events).includes('a 2 RUNNING'));
  tail.send([told('a', 3, { status: 'failed' })]);
  await until(() => shown(quick.events).includes('a 3 FAILED'));
  expect(shown([(await slow.next()).value!])).toEqual(['a 3 FAILED']);
  await Promise.all([slow, quick.iterator].map((iterator) => iterator.return!()));
});

test('a late record of an unknown run tells what the database knows to be newer', async () => {
  const { tail, read } = watched({ find: async (ids) => ids.map((id) => (id === 'a' ? runOf('a', 9) : null)) });
  const reader = read();
  tail.send([told('a', 1), told('b', 2)]);
  await until(() => reader.events.length === 2);
  expect(shown(reader.events)).toEqual(['a 9 RUNNING', 'b 2 RUNNING']);
  await reader.iterator.return!();
});

test('an unknown run is looked up again after the database was away', async () => {
  let attempts = 0;
  const find = async (): Promise<(Run | null)[]> => {
    if (++attempts === 1) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    return [runOf('a', 5)];
  };
  const { tail, read } = watched({ find });
  const reader = read();
  tail.send([told('a', 5)]);
  await until(() => reader.events.length === 1);
  expect(attempts).toBe(2);
  await reader.iterator.return!();
});

test('of all runs that wait to be looked up, and that wait for a slow reader, only the newest so many are kept', async () => {
  const numbered = (from: number, count: number) => Array.from({ length: count }, (_, i) => told(`run ${from + i}`, i));
  const asked: string[] = [];
  const { tail, watches, deps, read } = watched({
    find: async (ids) => {
      asked.push(...ids);
      return ids.map(() => null);
    },
  });
  const quick = read();
  const slow = watches.read('key', () => deps);
  const first = slow.next();
  tail.send(numbered(0, 1));
  await first;
  tail.send(numbered(1, WATCHED_RUNS_MAX + 500));
  await until(() => quick.events.length === 1 + WATCHED_RUNS_MAX);
  expect([asked.length, asked[1]]).toEqual([1 + WATCHED_RUNS_MAX, 'run 501']);
  tail.send(numbered(WATCHED_RUNS_MAX + 501, 100));
  await until(() => quick.events.length === 101 + WATCHED_RUNS_MAX);
  tail.end();
  await quick.ended;
  const rest: RunEvent[] = [];
  for await (const event of slow) rest.push(event);
  expect([rest.length, rest[0]!.run.pipelineId]).toEqual([WATCHED_RUNS_MAX, 'run 601']);
});

test('after records were skipped, all runs are read again', async () => {
  let known = [runOf('a', 1)];
  const { tail, read } = watched({
    readFirst: async () => known,
    find: async (ids) => ids.map((id) => known.find(({ pipelineId }) => pipelineId === id) ?? null),
  });
  const reader = read();
  await until(() => reader.events.length === 1);
  known = [runOf('b', 3), runOf('a', 2)];
  tail.send([], 7);
  await until(() => shown(reader.events).includes('a 2 RUNNING') && shown(reader.events).includes('b 3 RUNNING'));
  await reader.iterator.return!();
});

test('a reader that joins later is told of ended runs only if runs are named', async () => {
  for (const tellsEnded of [true, false]) {
    const { read } = watched({
      tellsEnded,
      readFirst: async () => [runOf('b', 2), runOf('a', 1, { status: 'succeeded' })],
    });
    const early = read();
    await until(() => early.events.length === 2);
    const late = read();
    await until(() => shown(late.events).includes('b 2 RUNNING'));
    expect(shown(late.events).includes('a 1 SUCCEEDED')).toBe(tellsEnded);
    await Promise.all([early, late].map(({ iterator }) => iterator.return!()));
  }
});

test('the end of the records ends every reader, and an error reaches every reader', async () => {
  const { tail, read } = watched();
  const [one, other] = [read(), read()];
  tail.end();
  await Promise.all([one.ended, other.ended]);

  const failing = watched({ readFirst: () => Promise.reject(new Error('no such table')) });
  const readers = [failing.read(), failing.read()];
  for (const { ended } of readers) await expect(ended).rejects.toThrow('no such table');
  expect(failing.watches.running).toBe(0);
});
