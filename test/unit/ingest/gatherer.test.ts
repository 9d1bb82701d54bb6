import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { DatabaseUnavailable, Unauthenticated } from '../../../src/errors.ts';
import { createGatherer, type Gatherer, type GathererOptions } from '../../../src/ingest/listeners/gatherer.ts';
import type { Submission } from '../../../src/ingest/submission.ts';
import { createBatcher } from '../../../src/ingest/write/batcher.ts';
import { createIngest, type Ingest } from '../../../src/ingest/write/ingest.ts';
import { until } from '../../support/server.ts';

const LOG = pino({ level: 'silent' });
const CONFIG = { maxAgeMs: 1e12, environment: null, deploymentVersion: null, redactor: null };

interface Store {
  gatherer: Gatherer;
  submissions: Submission[];
  drops: Record<string, number>;
}

/** A gatherer on the real way in, whose batches a writer of the test takes. `fail`: what the next attempts end with. */
function gathering(fail: unknown[] = [], more: Partial<GathererOptions> = {}): Store {
  const batcher = createBatcher({ bytesMax: 64 * 1024 * 1024 });
  const submissions: Submission[] = [];
  const drops: Record<string, number> = {};
  void (async () => {
    for (let batch = await batcher.take(); batch; batch = await batcher.take()) {
      for (const one of batch.waiting) {
        const error = fail.shift();
        if (error) one.reject(error);
        else {
          submissions.push(one.submission);
          one.resolve({ accepted: 1, duplicates: 0, rejected: [], durability: 'DATABASE', cursor: null });
        }
      }
    }
  })();
  const gatherer = createGatherer({
    ingest: createIngest(batcher, CONFIG) as Ingest,
    caller: () => ANYONE,
    reader:
      () =>
      ({ bytes }) => [{ message: bytes.toString() }],
    countDrop: (reason, count = 1) => {
      drops[reason] = (drops[reason] ?? 0) + count;
    },
    log: LOG,
    ...more,
  });
  return { gatherer, submissions, drops };
}

const message = (text: string, settled?: () => void) => ({
  bytes: Buffer.from(text),
  peer: '192.0.2.1',
  ...(settled && { settled }),
});
const stored = ({ submissions }: Store): string[] =>
  submissions.flatMap(({ records }) => records.map((r) => r.message));

test('messages that come within a moment are one submission', async () => {
  const store = gathering();
  for (let n = 0; n < 100; n++) store.gatherer.take(message(String(n)));
  await until(() => stored(store).length === 100);
  expect(store.submissions).toHaveLength(1);
});

test('while storing fails, the same records are tried again, and are looked for as stored', async () => {
  const store = gathering([new DatabaseUnavailable('away'), new DatabaseUnavailable('away')]);
  let settled = 0;
  store.gatherer.take(message('a', () => settled++));
  await until(() => settled === 1);
  expect(store.submissions.map(({ records }) => records.map((r) => r.uidGiven))).toEqual([[true]]);
  expect(store.drops).toEqual({});
});

test('what a key that does not hold would store is dropped and counted', async () => {
  const refuse = () => {
    throw new Unauthenticated('revoked');
  };
  const store = gathering([], { caller: refuse });
  store.gatherer.take(message('a', () => expect.unreachable()));
  await until(() => store.drops.refused === 1);
});

test('it is full at its bound, and has room again once records are stored', async () => {
  const store = gathering(Array(8).fill(new DatabaseUnavailable('away')));
  const large = 'x'.repeat(1024 * 1024);
  for (let n = 0; n < 16; n++) store.gatherer.take(message(large));
  expect(store.gatherer.isFull).toBe(true);
  await store.gatherer.room();
  expect(store.gatherer.isFull).toBe(false);
  await until(() => stored(store).length === 16, 30_000);
});

test('closing stores what waits at once', async () => {
  const store = gathering();
  for (let n = 0; n < 10; n++) store.gatherer.take(message(String(n)));
  await store.gatherer[Symbol.asyncDispose]();
  expect(stored(store)).toHaveLength(10);
});

test('a message that cannot be read is rejected, and takes no other with it', async () => {
  const store = gathering([], {
    reader:
      () =>
      ({ bytes }) => {
        if (bytes.toString() === 'bad') throw new Error('a fault');
        return [bytes.toString() === 'broken' ? { code: 'BROKEN', reason: 'x' } : { message: bytes.toString() }];
      },
  });
  for (const text of ['a', 'bad', 'broken', 'b']) store.gatherer.take(message(text));
  await until(() => stored(store).length === 2);
  expect(store.submissions[0]!.rejected.map(({ code }) => code)).toEqual(['UNREADABLE', 'BROKEN']);
});

test('a time that cannot be stored becomes the time of arrival, and stays in the attributes', async () => {
  const store = gathering([], { reader: () => () => [{ message: 'm', timestamp: '2099-01-01T00:00:00.000000Z' }] });
  store.gatherer.take(message('a'));
  await until(() => stored(store).length === 1);
  const [record] = store.submissions[0]!.records;
  expect(record!.timestamp).toBe(record!.receivedAt);
  expect(record!.attributes).toEqual({ sentTimestamp: '2099-01-01T00:00:00.000000Z' });
});
