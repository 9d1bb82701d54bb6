import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE, type Caller } from '../../src/access/caller.ts';
import { parseScope } from '../../src/access/scope.ts';
import { costOf, ROWS_STATEMENT_COST } from '../../src/http/graphql/cost.ts';
import type { TailRequest } from '../../src/live/subscriber.ts';
import type { TailEvent } from '../../src/live/tail-event.ts';
import type { Draft, NewRecord } from '../../src/log/record.ts';
import { endOfNow, shift } from '../../src/log/time.ts';
import { schema } from '../../src/schema/index.ts';
import { createTestApi, type EventStream, type TestApi } from '../support/api.ts';
import { record } from '../support/records.ts';
import { until } from '../support/server.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
}, 60_000);
afterAll(() => api[Symbol.asyncDispose]());

const callerOf = (scope: string): Caller => ({ ...ANYONE, key: scope, scope: parseScope(scope) });
const STAGING = callerOf('environment:staging');
const PRODUCTION = callerOf('environment:production');

const records = (count: number, draft: Draft): NewRecord[] => Array.from({ length: count }, () => record(draft));

interface Batch {
  logs: { message: string }[];
  cursor: string;
}
const batchesOf = ({ results }: EventStream): Batch[] => results.map(({ data }) => data!.tail as Batch);
const messagesOf = (stream: EventStream): string[] =>
  batchesOf(stream).flatMap(({ logs }) => logs.map(({ message }) => message));

describe('callers with other scopes', () => {
  test('share no event of a tail, though document and variables are equal', async () => {
    const open = async (caller: Caller) => {
      const stream = await api.subscribe(caller, 'subscription { tail { logs { message } cursor } }');
      await until(() => stream.results.length > 0);
      return stream;
    };
    const [all, staging, production] = [await open(ANYONE), await open(STAGING), await open(PRODUCTION)];
    await api.store(
      record({ environment: 'staging', message: 's1' }),
      record({ environment: 'production', message: 'p1' }),
    );
    await api.store(record({ environment: 'production', message: 'p2' }));
    await api.store(record({ environment: 'staging', message: 's2' }));
    await until(
      () => messagesOf(all).length === 4 && messagesOf(staging).length === 2 && messagesOf(production).length === 2,
    );
    expect(messagesOf(all).toSorted()).toEqual(['p1', 'p2', 's1', 's2']);
    expect(messagesOf(staging)).toEqual(['s1', 's2']);
    expect(messagesOf(production)).toEqual(['p1', 'p2']);
    await api.endSubscriptions();
  });

  test('share no reading of live stats', async () => {
    await using own = await createTestApi();
    await own.store(...records(2, { environment: 'staging' }), ...records(3, { environment: 'production' }));
    const query = 'subscription { stats(window: "36500d", every: "1h") { total } }';
    const streams = await Promise.all([ANYONE, STAGING, PRODUCTION].map((caller) => own.subscribe(caller, query)));
    await until(() => streams.every(({ results }) => results.length > 0));
    expect(streams.map(({ results }) => results[0]!.data)).toEqual([5, 2, 3].map((total) => ({ stats: { total } })));
    await own.endSubscriptions();
  });
});

describe('a tail under a scope', () => {
  /** Messages of each event, until the tail has seen `count` records. */
  async function read(events: AsyncIterableIterator<TailEvent>, count: number): Promise<TailEvent[]> {
    const seen: TailEvent[] = [];
    for (let left = count; left > 0; ) {
      const { value } = await events.next();
      seen.push(value);
      left -= value.records.length;
    }
    await events.return!();
    return seen;
  }
  const sizes = (events: readonly TailEvent[]): number[] =>
    events.map((event) => event.records.length).filter((size) => size > 0);

  test('tells nothing of the records that it does not see, not even when they are very many', async () => {
    await using own = await createTestApi();
    const slow = own.hub.subscribe(request(true));
    await slow.next();
    // More than a page of a replay, and than a subscriber's buffer, between the two visible batches.
    await own.store(...records(600, { environment: 'staging' }));
    for (let n = 0; n < 3; n++) await own.store(...records(4000, { environment: 'production' }));
    await own.store(...records(600, { environment: 'staging' }));
    const after = { seq: 0, batchId: 0, after: null };
    expect(sizes(await read(own.hub.subscribe({ ...request(true), after }), 1200))).toEqual([1000, 200]);
    expect(sizes(await read(own.hub.subscribe({ ...request(false), after }), 1200))).toEqual([600, 600]);
    const late = await read(slow, 1200);
    expect(late.map(({ skipped }) => skipped)).toEqual([0, 0]);
  }, 120_000);

  test('says where it stands after ten seconds, though nothing was committed', async () => {
    const tail = 'subscription { tail { logs { message } cursor } }';
    const [scoped, other] = [await api.subscribe(STAGING, tail), await api.subscribe(ANYONE, tail)];
    await until(() => scoped.results.length > 0 && other.results.length > 0);
    const [stands] = batchesOf(scoped);
    await until(() => scoped.results.length > 1, 15_000, 'a second cursor');
    expect(batchesOf(scoped)[1]).toEqual(stands);
    expect(other.results).toHaveLength(1);
    await api.endSubscriptions();
  }, 90_000);

  const request = (scoped: boolean): TailRequest => ({
    filter: STAGING.scope!,
    after: null,
    backfill: 0,
    scoped,
  });
});

test('a range with an open end reaches only to records of the scope', async () => {
  await using own = await createTestApi();
  const [past, ahead] = [shift(endOfNow(), -3_600_000), shift(endOfNow(), 30_000)];
  await own.store(
    record({ environment: 'production', timestamp: shift(past, -1000) }),
    record({ environment: 'staging', timestamp: past }),
    record({ environment: 'production', timestamp: ahead }),
  );
  const rangeOf = async (caller: Caller, time: string): Promise<{ from: string; to: string }> => {
    const { data } = await own.query(caller, `{ stats(time: ${time}) { range { from to } } }`);
    return (data as { stats: { range: { from: string; to: string } } }).stats.range;
  };
  expect((await rangeOf(ANYONE, '{}')).from).toBe(shift(past, -1000));
  expect((await rangeOf(STAGING, '{}')).from).toBe(past);
  expect((await rangeOf(ANYONE, '{ last: "1m" }')).to > ahead).toBe(true);
  expect((await rangeOf(PRODUCTION, '{ last: "1m" }')).to > ahead).toBe(true);
  expect((await rangeOf(STAGING, '{ last: "1m" }')).to < ahead).toBe(true);
});

test('the cost of a count includes the scope: rollups serve only four fields', () => {
  const document = parse('{ stats { total } }');
  const cost = (scope: string | null): number =>
    costOf({ schema, document, contextValue: { caller: scope === null ? ANYONE : callerOf(scope) } });
  expect(cost('environment:staging')).toBe(cost(null));
  expect(cost('attributes.team:a')).toBeGreaterThan(ROWS_STATEMENT_COST);
});
