import { expect, test } from 'vitest';
import { createEventBuffer } from '../../../src/live/event-buffer.ts';
import type { WeighedEvent } from '../../../src/live/tail-event.ts';

const event = (seq: number, records: number, bytes = records): WeighedEvent => ({
  records: Array(records).fill({}),
  cursor: { seq, batchId: seq, after: null },
  skipped: 0,
  live: true,
  bytes,
});
const bounds = { recordsMax: 10, bytesMax: 1000 };

test('an event comes as it is, the very same object, while nothing is left out', async () => {
  const buffer = createEventBuffer(bounds);
  const [one, two] = [event(1, 5), event(2, 5)];
  buffer.push([one]);
  buffer.push([two]);
  expect(await buffer.take()).toBe(one);
  expect(await buffer.take()).toBe(two);
  expect(buffer.isEmpty).toBe(true);
});

test('past its bounds, in records or in bytes, the oldest go and the next one taken tells how many', async () => {
  for (const bytes of [4, 400]) {
    const buffer = createEventBuffer(bytes === 4 ? bounds : { recordsMax: 1000, bytesMax: 1000 });
    for (let seq = 1; seq <= 5; seq++) buffer.push([event(seq, 4, bytes)]);
    expect(await buffer.take()).toMatchObject({ cursor: { seq: 4 }, skipped: 12 });
    expect(await buffer.take()).toMatchObject({ cursor: { seq: 5 }, skipped: 0 });
  }
});

test('the newest batch stays whole, however large, and what it pushes out is counted', async () => {
  const buffer = createEventBuffer(bounds);
  buffer.push([event(1, 3)]);
  buffer.push([event(2, 10), event(2, 10), event(2, 5)]);
  expect(await buffer.take()).toMatchObject({ cursor: { seq: 2 }, skipped: 3 });
  expect((await buffer.take())!.skipped).toBe(0);
  expect((await buffer.take())!.records.length).toBe(5);
});

test('what is dropped is counted at once, each record once', async () => {
  const skips: number[] = [];
  const buffer = createEventBuffer(bounds, (records) => skips.push(records));
  for (let seq = 1; seq <= 5; seq++) buffer.push([event(seq, 4)]);
  expect(skips).toEqual([4, 4, 4]);
  await buffer.take();
  for (let seq = 6; seq <= 8; seq++) buffer.push([event(seq, 4)]);
  expect(skips.reduce((sum, records) => sum + records)).toBe(12 + 8);
  expect(await buffer.take()).toMatchObject({ cursor: { seq: 7 }, skipped: 8 });
});

test('a taker that waits gets the first of a batch, and the rest waits', async () => {
  const buffer = createEventBuffer(bounds);
  const taken = buffer.take();
  buffer.push([]);
  buffer.push([event(1, 1), event(2, 1)]);
  expect((await taken)!.cursor.seq).toBe(1);
  buffer.end();
  buffer.push([event(3, 1)]);
  expect((await buffer.take())!.cursor.seq).toBe(2);
  expect(await buffer.take()).toBeUndefined();
});

test('closed it holds nothing, and a reader that waits gets its end', async () => {
  const buffer = createEventBuffer(bounds);
  const waiting = buffer.take();
  buffer.close();
  expect(await waiting).toBeUndefined();
  buffer.push([event(1, 1)]);
  expect(buffer.isEmpty).toBe(true);
});
