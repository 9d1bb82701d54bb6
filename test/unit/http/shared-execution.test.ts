import { buildSchema, type ExecutionResult, type GraphQLSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { createSharedSubscribe } from '../../../src/http/graphql/shared-execution.ts';

type Results = AsyncIterableIterator<ExecutionResult>;

/** A schema whose events are given to each subscription, and that counts how often a field is resolved. */
function counted(events: object[]): { schema: GraphQLSchema; resolved: () => number; left: () => number } {
  const schema = buildSchema('type Query { a: Int } type Subscription { event(of: Int): Event } type Event { n: Int }');
  let resolved = 0;
  let left = 0;
  const { event } = schema.getSubscriptionType()!.getFields();
  event!.subscribe = () => {
    const waiting = [...events];
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => (waiting.length > 0 ? { done: false, value: waiting.shift() } : { done: true }),
        return: async () => ({ done: true, value: void left++ }),
      }),
    };
  };
  event!.resolve = (root) => {
    resolved++;
    return root;
  };
  return { schema, resolved: () => resolved, left: () => left };
}

const open = (
  subscribe: ReturnType<typeof createSharedSubscribe>,
  schema: GraphQLSchema,
  text: string,
  of?: number,
  contextValue: object = { caller: ANYONE, hints: [], openShared: () => undefined },
) => subscribe({ schema, document: parse(text), contextValue, variableValues: { of } }) as Promise<Results>;
const QUERY = 'subscription ($of: Int) { event(of: $of) { n } }';

test('subscribers of one document and the same variables share one execution of each event, and its result', async () => {
  const { schema, resolved } = counted([{ n: 1 }, { n: 2 }]);
  const subscribe = createSharedSubscribe();
  const all = await Promise.all(Array.from({ length: 100 }, () => open(subscribe, schema, QUERY, 7)));
  const first = await Promise.all(all.map((results) => results.next()));
  const second = await Promise.all(all.map((results) => results.next()));
  expect(resolved()).toBe(2);
  expect(new Set(first.map(({ value }) => value)).size).toBe(1);
  expect(second[0]!.value).toEqual({ data: { event: { n: 2 } } });
  expect((await all[0]!.next()).done).toBe(true);
});

test('other variables, another document, or an event of its own are executed for themselves', async () => {
  const shared = { n: 1 };
  const { schema, resolved } = counted([shared]);
  const subscribe = createSharedSubscribe();
  for (const [text, of] of [
    [QUERY, 1],
    [QUERY, 2],
    [`${QUERY} `, 1],
    [QUERY, 1],
  ] as const) {
    await (await open(subscribe, schema, text, of)).next();
  }
  expect(resolved()).toBeGreaterThanOrEqual(3);
});

test('two callers never share an execution, and the key of what else they may share has the caller in it', async () => {
  const { schema, resolved } = counted([{ n: 1 }]);
  const subscribe = createSharedSubscribe();
  const contexts = ['a', 'a', 'b'].map((key) => ({
    caller: { key },
    hints: [],
    operationKey: '',
    openShared: () => undefined,
  }));
  const all = await Promise.all(contexts.map((context) => open(subscribe, schema, QUERY, 1, context)));
  const [one, same, other] = await Promise.all(all.map(async (results) => (await results.next()).value));
  expect(same).toBe(one);
  expect(other).not.toBe(one);
  expect(other).toEqual(one);
  expect(resolved()).toBe(2);
  expect(contexts[1]!.operationKey).toBe(contexts[0]!.operationKey);
  expect(contexts[2]!.operationKey).not.toBe(contexts[0]!.operationKey);
});

test('a subscriber that leaves takes its source with it, and nobody else', async () => {
  const { schema, left } = counted([{ n: 1 }, { n: 2 }]);
  const subscribe = createSharedSubscribe();
  const [one, other] = [await open(subscribe, schema, QUERY), await open(subscribe, schema, QUERY)];
  await one.next();
  await one.return!();
  expect(left()).toBe(1);
  expect((await other.next()).value).toEqual({ data: { event: { n: 1 } } });
  expect((await other.next()).value).toEqual({ data: { event: { n: 2 } } });
});
