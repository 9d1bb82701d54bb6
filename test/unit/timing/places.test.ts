import { expect, test } from 'vitest';
import { createPlaces } from '../../../src/timing/places.ts';

const never = new AbortController().signal;
const placesOf = () => createPlaces({ max: 2, waiting: 20, tooMany: (waiting) => new Error(`more than ${waiting}`) });

test('two run, the others wait in their order, and the one after twenty is refused', async () => {
  const places = placesOf();
  const begun: number[] = [];
  const running = [await places.take(never), await places.take(never)];
  const waiting = Array.from({ length: 20 }, async (_, i) => {
    const place = await places.take(never);
    begun.push(i);
    return place;
  });
  await expect(places.take(never)).rejects.toThrow('more than 20');
  running[0]![Symbol.dispose]();
  const first = await waiting[0]!;
  expect(begun).toEqual([0]);
  first[Symbol.dispose]();
  running[1]![Symbol.dispose]();
  for (const place of waiting.slice(1)) (await place)[Symbol.dispose]();
  expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i));
  (await places.take(never))[Symbol.dispose]();
});

test('who is aborted leaves the queue', async () => {
  const places = placesOf();
  const running = [await places.take(never), await places.take(never)];
  const gone = new AbortController();
  const left = places.take(gone.signal);
  const stays = places.take(never);
  gone.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  await expect(places.take(gone.signal)).rejects.toThrow('gone');
  running[0]![Symbol.dispose]();
  (await stays)[Symbol.dispose]();
  expect(places.taken).toBe(1);
});
