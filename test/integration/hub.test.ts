import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { CursorExpired } from '../../src/errors.ts';
import type { Bus, CommittedBatch } from '../../src/live/bus.ts';
import { createHub, type Hub } from '../../src/live/hub.ts';
import { readReplayPage } from '../../src/live/replay.ts';
import type { TailRequest } from '../../src/live/subscriber.ts';
import { createReplayedEvents, type TailEvent } from '../../src/live/tail-event.ts';
import { EVERYTHING, fieldIs } from '../../src/log/filter-tree.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createTestIngest } from '../support/ingest.ts';
import { record } from '../support/records.ts';
import { until } from '../support/server.ts';

const log = pino({ level: 'silent' });
const ALL: TailRequest = { filter: EVERYTHING, after: null, backfill: 0, scoped: false };

/** What a bus does with a batch: tell it, at once, later, never, twice, changed. */
type Carry = (batch: CommittedBatch, tell: (batch: CommittedBatch) => void) => void;

interface TestHub extends AsyncDisposable {
  hub: Hub;
  database: TestDatabase;
  store(...messages: string[]): Promise<unknown>;
}

async function startHub(carry: Carry, hubLog = log): Promise<TestHub> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  let listener: (batch: CommittedBatch) => void = () => {};
  const bus: Bus = {
    publish: (batch) => carry(batch, (told) => listener(told)),
    listen: (given) => {
      listener = given;
    },
    report: async () => ({ kind: 'IN_PROCESS', latencyMs: null, error: null }),
    [Symbol.asyncDispose]: async () => {},
  };
  const hub = createHub({ sql: database.sql, replaySql: database.sql, bus, log: hubLog });
  const { ingest } = stack.use(await createTestIngest({ database, writers: 4, publish: bus.publish }));
  stack.defer(() => hub.close());
  const opened = stack.move();
  return {
    hub,
    database,
    store: (...messages) =>
      Promise.all(
        messages.map((message) => ingest.store({ records: [record({ message })], rejected: [], idempotency: null })),
      ),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Reads until the subscription ends. */
function read(hub: Hub, request: TailRequest = ALL) {
  const subscriber = hub.subscribe(request);
  const events: TailEvent[] = [];
  const ended = (async () => {
    for await (const event of subscriber) events.push(event);
  })();
  return {
    events,
    ended,
    messages: () => events.flatMap(({ records }) => records.map(({ message }) => message)),
    standing: () => until(() => events.length > 0, 10_000, 'the first event'),
    leave: () => subscriber.return!(),
  };
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `record ${from + n}`);

/** In commit order, as Postgres has them. */
const stored = async ({ sql }: TestDatabase): Promise<string[]> =>
  (
    await sql<{ message: string }[]>`
      select message from system_logs join ingest_batches on ingest_batches.id = batch_id order by seq, ts, uid`
  ).map(({ message }) => message);

const held: [CommittedBatch, (batch: CommittedBatch) => void][] = [];
const BUSES: Record<string, Carry> = {
  'brings everything': (batch, tell) => tell(batch),
  'brings nothing': () => {},
  'loses every third': (batch, tell) => batch.seq % 3 > 0 && tell(batch),
  'brings everything twice': (batch, tell) => {
    tell(batch);
    tell(batch);
  },
  'brings pairs the wrong way round': (batch, tell) => {
    held.push([batch, tell]);
    if (held.length > 1) for (const [late, tellLate] of held.splice(0).reverse()) tellLate(late);
  },
  'leaves the records of every other one to Postgres': (batch, tell) =>
    tell(batch.seq % 2 ? { ...batch, records: null } : batch),
  'is as late as it likes': (batch, tell) => void setTimeout(tell, (batch.seq * 37) % 60, batch),
};

describe('a hub whose bus', () => {
  test.each(Object.keys(BUSES))('%s delivers each record once, in commit order, to all alike', async (name) => {
    await using test = await startHub(BUSES[name]!);
    const early = read(test.hub);
    await early.standing();
    for (let n = 0; n < 10; n++) await test.store(...numbered(n * 10, n * 10 + 10));
    const [middle] = early.events;
    const resumed = read(test.hub, { ...ALL, after: middle!.cursor });
    for (let n = 10; n < 20; n++) await test.store(...numbered(n * 10, n * 10 + 10));
    await until(() => early.messages().length >= 200 && resumed.messages().length >= 200, 10_000, '200 records');
    const expected = await stored(test.database);
    expect(early.messages()).toEqual(expected);
    expect(resumed.messages()).toEqual(expected);
    await Promise.all([early.leave(), resumed.leave()]);
    expect(test.hub.subscriptions).toBe(0);
  });
});

describe('a hub', () => {
  test('gives subscribers with equal filters the very same events', async () => {
    await using test = await startHub(BUSES['brings everything']!);
    const filter = () => fieldIs('service', 'billing');
    const readers = [filter(), filter(), EVERYTHING].map((of) => read(test.hub, { ...ALL, filter: of }));
    await Promise.all(readers.map((reader) => reader.standing()));
    await test.store('one');
    await until(() => readers.every((reader) => reader.messages().length === 1));
    const [a, b, c] = readers.map(({ events }) => events.at(-1));
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    await Promise.all(readers.map((reader) => reader.leave()));
  });

  test('starts and stops with its subscribers, however fast they come and go', async () => {
    await using test = await startHub(BUSES['loses every third']!);
    await test.store(...numbered(0, 30));
    for (let n = 0; n < 30; n++) {
      const readers = [read(test.hub), read(test.hub, { ...ALL, backfill: 5 }), read(test.hub)];
      if (n % 3 > 0) await readers[n % 2]!.standing();
      await Promise.all([test.store(`while ${n}`), ...readers.map((reader) => reader.leave())]);
      await Promise.all(readers.map((reader) => reader.ended));
      expect(test.hub.subscriptions).toBe(0);
    }
    const last = read(test.hub);
    await last.standing();
    await test.store('after all');
    await until(() => last.messages().length === 1);
    await last.leave();
  });

  test('tells a replay that was slower than its batches are kept, instead of leaving them out', async () => {
    await using test = await startHub(BUSES['brings everything']!);
    const watching = read(test.hub);
    await watching.standing();
    for (const message of numbered(0, 8)) await test.store(message);
    await until(() => watching.messages().length === 8);
    const { sql } = test.database;
    await sql.begin(async (tx) => {
      await tx`delete from ingest_batches where seq <= 4`;
      await tx`update weir_state set value = to_jsonb(4) where name = 'cursors_expired_through'`;
    });
    const events = createReplayedEvents();
    const pageAfter = (index: number) => readReplayPage(sql, EVERYTHING, watching.events[index]!.cursor, events);
    await expect(pageAfter(3)).rejects.toThrow(CursorExpired);
    await pageAfter(4);
    expect(events.list.flatMap(({ records }) => records.map(({ message }) => message))).toEqual(numbered(4, 8));
    await watching.leave();
  });

  test('that closes completes every subscription after a last cursor', async () => {
    await using test = await startHub(BUSES['brings everything']!);
    const reader = read(test.hub);
    await reader.standing();
    await test.store('last');
    test.hub.close();
    await reader.ended;
    expect(reader.messages()).toEqual(['last']);
    expect(reader.events.at(-1)!.cursor.seq).toBe(1);
    expect(test.hub.subscriptions).toBe(0);
    expect((await test.hub.subscribe(ALL).next()).done).toBe(true);
  });
});

test('a tail that leaves while the hub waits for Postgres logs no alarm', async () => {
  const lines: string[] = [];
  const hubLog = pino({ level: 'info' }, { write: (line: string) => lines.push(line) });
  await using test = await startHub(() => {}, hubLog);
  const { sql } = test.database;
  const leaving = read(test.hub);
  await leaving.standing();
  const blocker = await sql.reserve();
  const isWaiting = async () =>
    (
      await sql`select from pg_locks where not granted and relation = 'system_logs'::regclass
      and database = (select oid from pg_database where datname = current_database())`
    ).length > 0;
  for (let round = 0; !(await isWaiting()); round++) {
    await blocker`rollback`;
    // Batches that the hub finds together, and reads one after the other.
    await test.store(...[1, 2, 3, 4].map((n) => `round ${round}, ${n}`));
    await blocker`begin`;
    await blocker`lock table system_logs in access exclusive mode`;
    // The hub has either read the records before the lock, or waits for the lock now.
    await until(async () => leaving.messages().includes(`round ${round}, 4`) || (await isWaiting()));
  }
  await leaving.leave();
  await blocker`rollback`;
  blocker.release();
  const isBusy = async () =>
    (
      await sql`select from pg_stat_activity where datname = current_database() and state = 'active'
      and pid <> pg_backend_pid()`
    ).length > 0;
  await until(async () => !(await isBusy()));
  // The next record is read after the read that waited has ended.
  const staying = read(test.hub);
  await staying.standing();
  await test.store('later');
  await until(() => staying.messages().includes('later'));
  expect(lines).toEqual([]);
});
