import { expect, test } from 'vitest';
import { Overloaded, QueryCanceled } from '../../../src/errors.ts';
import { createPatternPlaces } from '../../../src/watch/patterns/pattern-places.ts';

test('a request waits for its turn, is refused when too many wait, and its place is free when its client has gone', async () => {
  const places = createPatternPlaces();
  const never = new AbortController().signal;
  using _ = await places.take(never);
  using __ = await places.take(never);
  const gone = new AbortController();
  const waiting = Array.from({ length: 20 }, () => places.take(gone.signal));
  await expect(places.take(never)).rejects.toThrow(Overloaded);
  gone.abort();
  for (const left of waiting) await expect(left).rejects.toThrow(QueryCanceled);
});
