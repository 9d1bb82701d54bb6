import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ExecutionResult } from 'graphql';
import { expect, test } from 'vitest';
import { untilKeyEnds } from '../../../src/http/graphql/ended-key.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function* endless(made: WeakRef<object>[]): AsyncGenerator<ExecutionResult> {
  for (;;) {
    const result: ExecutionResult = { data: { text: 'x'.repeat(1000) } };
    made.push(new WeakRef(result));
    yield result;
  }
}

test('a subscription with a key keeps no result that its client has taken', async () => {
  const made: WeakRef<object>[] = [];
  const results = untilKeyEnds(endless(made), new AbortController().signal, (error) => error);
  for (let i = 0; i < 100; i++) await results.next();
  await setImmediate();
  collectGarbage();
  expect(made.filter((result) => result.deref() !== undefined).length).toBeLessThan(10);
  await results.return!();
});

test('the end of the key comes before a result that never comes, and is the last result', async () => {
  const key = new AbortController();
  const silent = { next: () => new Promise<never>(() => {}), return: async () => ({ done: true, value: undefined }) };
  const results = untilKeyEnds(silent as never, key.signal, (error) => error);
  const next = results.next();
  key.abort();
  expect((await next).value.errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
  expect(await results.next()).toEqual({ done: true, value: undefined });
});
