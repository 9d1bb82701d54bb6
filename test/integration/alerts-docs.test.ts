import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANYONE } from '../../src/access/caller.ts';
import { decodeAlertId } from '../../src/log/cursor.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { shift, type Timestamp } from '../../src/log/time.ts';
import { eventsOf, MINUTE_MS, makeRound, minuteAgo, NEVER } from '../support/alerts.ts';
import { createTestApi, type TestApi } from '../support/api.ts';
import { calling, insert, record } from '../support/records.ts';

interface Useful {
  search: { name: string; query: string };
  alert: { name: string };
}

const USEFUL: readonly Useful[] = Array.from(
  readFileSync('docs/alerts.md', 'utf8').matchAll(/^```jsonc\n([\s\S]*?)^```$/gm),
  ([, text]) => JSON.parse(text!),
);

const many = (count: number, one: (n: number) => NewRecord): NewRecord[] =>
  Array.from({ length: count }, (_, n) => one(n));
const error = (timestamp: Timestamp, service: string) => record({ timestamp, service, severityNumber: 17 });
const inProduction = (timestamp: Timestamp, errorType: string) =>
  record({ timestamp, severityNumber: 17, errorType, environment: 'production' });

/** For each alert: what it fires at, and what it is OK with. `at` is in its window. */
const CASES: Record<string, { fires: (at: Timestamp) => NewRecord[]; isOk: (at: Timestamp) => NewRecord[] }> = {
  'billing fails': {
    fires: (at) => many(10, () => error(at, 'billing')),
    isOk: (at) => many(9, () => error(at, 'billing')),
  },
  'gateway errors above 5 %': {
    fires: (at) => many(100, (n) => record({ timestamp: at, service: 'gateway', severityNumber: n < 5 ? 17 : 9 })),
    isOk: (at) => many(99, () => error(at, 'gateway')),
  },
  'no backup': {
    fires: (at) => [record({ timestamp: at, service: 'backup', message: 'backup begun' })],
    isOk: (at) => [record({ timestamp: at, service: 'backup', message: 'the backup finished? yes: backup finished' })],
  },
  'new error in production': {
    fires: (at) => [inProduction(shift(at, -20 * MINUTE_MS), 'Timeout'), inProduction(at, 'NeverSeen')],
    isOk: (at) => [inProduction(shift(at, -20 * MINUTE_MS), 'Timeout'), inProduction(at, 'Timeout')],
  },
  'model calls above 20 dollars an hour': {
    fires: (at) => many(4, () => calling({ timestamp: at }, { costNanoUsd: 5_000_000_000 })),
    isOk: (at) => many(3, () => calling({ timestamp: at }, { costNanoUsd: 6_000_000_000 })),
  },
};

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const ask = async (document: string, variables: object): Promise<string> => {
  const { data, errors } = await api.query(ANYONE, document, variables);
  expect(errors).toBeUndefined();
  return (Object.values(data!)[0] as { id: string }).id;
};

test('the document has five alerts, and each has its records here', () => {
  expect(USEFUL.map(({ alert }) => alert.name)).toEqual(Object.keys(CASES));
});

test.each(USEFUL)('$alert.name: fires, and is OK', async ({ search, alert }) => {
  const { sql } = api.database;
  const searchId = await ask('mutation ($input: SavedSearchInput!) { saveSearch(input: $input) { id } }', {
    input: search,
  });
  const input = { ...alert, searchId, notifierIds: [] };
  const id = decodeAlertId(await ask('mutation ($input: AlertInput!) { saveAlert(input: $input) { id } }', { input }))!;
  // Apart by more than any window: the second minute sees nothing of the first.
  const [first, second] = [minuteAgo(3 * 24 * 60), minuteAgo(60)];
  const evaluate = async (minute: Timestamp): Promise<void> => {
    await sql`update alert_states set next_minute = ${minute}::timestamptz where alert_id = ${id}::uuid`;
    await makeRound(sql)(minute, NEVER);
  };
  await insert(sql, CASES[alert.name]!.fires(shift(first, -30_000)));
  await evaluate(first);
  expect(await eventsOf(sql, { id })).toMatchObject([{ kind: 'FIRED', at: first }]);
  await insert(sql, CASES[alert.name]!.isOk(shift(second, -30_000)));
  await evaluate(second);
  expect(await eventsOf(sql, { id })).toMatchObject([{ kind: 'FIRED' }, { kind: 'RESOLVED', at: second }]);
  await sql`delete from alerts`;
});
