import { describe, expect, test, vi } from 'vitest';
import { Overloaded } from '../../../src/errors.ts';
import { nothingAccepted } from '../../../src/ingest/ingest-result.ts';
import type { Submission } from '../../../src/ingest/submission.ts';
import { createBatcher } from '../../../src/ingest/write/batcher.ts';
import { arrivalAt, makeRecord, type NewRecord } from '../../../src/log/record.ts';
import { now } from '../../../src/log/time.ts';

const arrival = arrivalAt(now(), { maxAgeMs: 1e12, environment: null, deploymentVersion: null, redactor: null });
const submission = (message = 'x'.repeat(700)): Submission => ({
  records: [makeRecord({ message, service: '' }, arrival) as NewRecord],
  rejected: [],
  idempotency: null,
});
const size = submission().records[0]!.bytes;
const answer = nothingAccepted([]);

/** Whether a promise is settled once all that is ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.finally(() => {
    settled = true;
  });
  await new Promise(setImmediate);
  return settled;
}

describe('a full batcher', () => {
  test('refuses a new submission and lets the next part of an old one wait until there is room', async () => {
    const batcher = createBatcher({ bytesMax: 2 * size });
    void batcher.add(submission());
    void batcher.add(submission());
    await expect(batcher.add(submission())).rejects.toBeInstanceOf(Overloaded);
    const next = batcher.addWhenRoom(submission());
    expect(await isSettled(next)).toBe(false);
    expect(batcher.depth().bytes).toBe(2 * size);

    for (const waiting of (await batcher.take())!.waiting) waiting.resolve(answer);
    await new Promise(setImmediate);
    expect(batcher.depth().bytes).toBe(size);
    for (const waiting of (await batcher.take())!.waiting) waiting.resolve(answer);
    expect(await next).toBe(answer);
    expect(batcher.depth()).toMatchObject({ records: 0, bytes: 0 });
  });

  test('gives room first to those who wait for it, in their order', async () => {
    const batcher = createBatcher({ bytesMax: 2 * size });
    const first = batcher.add(submission());
    void batcher.addWhenRoom(submission('y'.repeat(1200)));
    void batcher.addWhenRoom(submission('z'));
    await expect(batcher.add(submission('z'))).rejects.toBeInstanceOf(Overloaded);
    for (const waiting of (await batcher.take())!.waiting) waiting.resolve(answer);
    await first;
    const taken = (await batcher.take())!.waiting.map(({ submission: { records } }) => records[0]!.message[0]);
    expect(taken).toEqual(['y', 'z']);
  });

  test('tells those who wait when it closes', async () => {
    const batcher = createBatcher({ bytesMax: size });
    void batcher.add(submission());
    const next = batcher.addWhenRoom(submission());
    batcher.close();
    await expect(next).rejects.toBeInstanceOf(Overloaded);
    await expect(batcher.add(submission())).rejects.toBeInstanceOf(Overloaded);
  });

  test('takes what is larger than its bound once nothing else waits', async () => {
    const batcher = createBatcher({ bytesMax: 10 });
    const alone = batcher.addWhenRoom(submission());
    for (const waiting of (await batcher.take())!.waiting) waiting.resolve(answer);
    expect(await alone).toBe(answer);
  });
});

test('the depth counts records that PostgreSQL rejected in the meantime only until they are settled', async () => {
  const batcher = createBatcher({ bytesMax: 100 * size });
  const result = batcher.add(submission());
  for (const waiting of (await batcher.take())!.waiting) {
    waiting.submission.records.splice(0);
    waiting.resolve(answer);
  }
  await result;
  expect(batcher.depth()).toEqual({ records: 0, bytes: 0, oldestAgeMs: 0 });
});

test('a clock that is put back changes no age', () => {
  const batcher = createBatcher({ bytesMax: 100 * size });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  try {
    void batcher.add(submission());
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(batcher.depth().oldestAgeMs).toBeGreaterThanOrEqual(0);
  } finally {
    vi.useRealTimers();
  }
});
