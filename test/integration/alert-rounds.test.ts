import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ANYONE } from '../../src/access/caller.ts';
import { listAlerts, unknownAlerts } from '../../src/db/alerts/alerts.ts';
import { tellBacklog } from '../../src/db/alerts/backlogs.ts';
import { readDueAlerts, recordEvaluation } from '../../src/db/alerts/evaluations.ts';
import { connect, type Sql } from '../../src/db/connection/client.ts';
import { shift, type Timestamp } from '../../src/log/time.ts';
import { alertPreview } from '../../src/resolvers/alert-preview.ts';
import type { Context } from '../../src/resolvers/context.ts';
import { previewOf } from '../../src/watch/alerts/preview.ts';
import { saveAlert, silenceAlert } from '../../src/watch/change-alerts.ts';
import { saveSearch } from '../../src/watch/change-searches.ts';
import { parseSearchQuery } from '../../src/watch/search-content.ts';
import {
  eventsOf,
  MINUTE_MS,
  makeAlert,
  makeNotifier,
  makeRound,
  minuteAgo,
  NEVER,
  RULE,
  stateOf,
} from '../support/alerts.ts';
import { createTestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

const at = (minute: Timestamp, seconds: number): Timestamp => shift(minute, seconds * 1000);
const failed = (minute: Timestamp, seconds: number, service = 'api') =>
  record({ timestamp: at(minute, seconds), service, severityNumber: 17, message: 'it failed' });

interface DeliveryRow {
  notifierName: string;
  eventId: string | null;
  isDue: boolean;
  notification: { event: { kind: string } | null; sample: { message: string }[]; search: { query: string } };
}
const deliveries = (sql: Sql) => sql<DeliveryRow[]>`
  select notifier_name as "notifierName", event_id as "eventId", next_attempt_at <= clock_timestamp() as "isDue", notification
  from alert_deliveries order by place`;

test('a late record changes no event, though a preview counts it', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const alert = await makeAlert(sql, { query: 'service:api', from: minute });
  const round = makeRound(sql);
  await round(minute, NEVER);
  await insert(sql, [failed(minute, -30)]);
  await round(shift(minute, MINUTE_MS), NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'OK', value: 0, nextMinute: shift(minute, 2 * MINUTE_MS) });
  expect(await eventsOf(sql, alert)).toEqual([]);
  const minutes = { firstMs: Date.parse(minute), count: 2 };
  const preview = await previewOf(
    sql,
    alert,
    parseSearchQuery('service:api'),
    null,
    minutes,
    shift(minute, 2 * MINUTE_MS),
  );
  expect(preview).toMatchObject({ fired: 1, firings: [{ from: minute, to: shift(minute, MINUTE_MS) }] });
});

test('a preview ends with the last minute that is evaluated by now', async () => {
  await using database = await createTestDatabase();
  const minute = minuteAgo(5);
  const evaluationsAt = async (seconds: number): Promise<number> => {
    const now = at(minute, seconds);
    const clock = { now, openEnd: async () => now };
    const input = { query: '', ...RULE, window: MINUTE_MS, cooldown: 0 };
    const time = { from: shift(minute, -3 * MINUTE_MS) };
    const context = { sql: database.sql, caller: ANYONE, clock, hints: [] } as unknown as Context;
    return (await alertPreview({ input, time }, context)).minutes.length;
  };
  expect([await evaluationsAt(9), await evaluationsAt(10.001)]).toEqual([3, 4]);
});

test('an event, its sample and its deliveries are written together, with the facts that are sent', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const notifiers = [await makeNotifier(sql, 'b'), await makeNotifier(sql, 'a')];
  const notifierIds = notifiers.map(({ id }) => id);
  const alert = await makeAlert(sql, { query: 'service:api', threshold: 12, from: minute, notifierIds });
  await insert(
    sql,
    Array.from({ length: 12 }, (_, n) => failed(minute, -50 + n)),
  );
  let told = 0;
  const round = makeRound(sql, { onEvent: () => told++ });
  await round(shift(minute, MINUTE_MS), NEVER);
  expect(await eventsOf(sql, alert)).toEqual([
    { kind: 'FIRED', at: minute, value: 12 },
    { kind: 'RESOLVED', at: shift(minute, MINUTE_MS), value: 0 },
  ]);
  expect(told).toBe(2);
  const rows = await deliveries(sql);
  expect(rows.map(({ notifierName, isDue, notification }) => [notifierName, isDue, notification.event!.kind])).toEqual([
    ['a', true, 'FIRED'],
    ['b', true, 'FIRED'],
    ['a', true, 'RESOLVED'],
    ['b', true, 'RESOLVED'],
  ]);
  expect(rows[0]!.notification).toMatchObject({
    alert: { name: alert.name, measure: 'COUNT', threshold: 12, windowMinutes: 1 },
    search: { query: 'service:api' },
    event: { at: minute, value: 12, range: { from: shift(minute, -MINUTE_MS), to: minute } },
  });
  expect(rows[0]!.notification.sample.map(({ message }) => message)).toEqual(Array(10).fill('it failed'));
});

test('a message of a sample that is cut within a character is sent', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const { id: notifierId } = await makeNotifier(sql, 'hook');
  await makeAlert(sql, { from: minute, notifierIds: [notifierId] });
  await insert(sql, [{ ...failed(minute, -1), message: `${'x'.repeat(499)}🔥` }]);
  await makeRound(sql)(minute, NEVER);
  expect((await deliveries(sql)).map(({ notification }) => notification.sample[0]!.message)).toEqual([
    `${'x'.repeat(499)}\uFFFD`,
  ]);
});

test('a silenced alert has events, and sends nothing', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const { id: notifierId } = await makeNotifier(sql, 'hook');
  const alert = await makeAlert(sql, { from: minute, notifierIds: [notifierId] });
  await insert(sql, [failed(minute, -1)]);
  await silenceAlert(sql, ANYONE, alert.id, 60_000);
  const round = makeRound(sql);
  await round(minute, NEVER);
  expect(await eventsOf(sql, alert)).toMatchObject([{ kind: 'FIRED' }]);
  expect(await deliveries(sql)).toEqual([]);
  await silenceAlert(sql, ANYONE, alert.id, null);
  await round(shift(minute, MINUTE_MS), NEVER);
  expect(await deliveries(sql)).toMatchObject([{ notification: { event: { kind: 'RESOLVED' } } }]);
});

test('an alert is UNKNOWN while records wait in a server, or a server tells nothing, and tells no event', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const alert = await makeAlert(sql, { from: minute, cooldownMs: 0 });
  await insert(sql, [failed(minute, -1), failed(minute, 61)]);
  const round = makeRound(sql);
  const serverId = randomUUID();
  const minutes = (count: number): Timestamp => shift(minute, count * MINUTE_MS);
  await tellBacklog(sql, { serverId, host: 'sender-1', waitingMs: null });
  await round(minute, NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'FIRING', value: 1, error: null });

  // What was accepted some seconds after the minute says nothing of it: a busy server always has some.
  await sql`update server_backlogs set waiting_since = ${at(minutes(1), 6)}::timestamptz`;
  await round(minutes(1), NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'OK', value: 0 });
  await tellBacklog(sql, { serverId, host: 'sender-1', waitingMs: Number.POSITIVE_INFINITY });
  await round(minutes(2), NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({
    state: 'UNKNOWN',
    value: null,
    error: expect.stringContaining('on sender-1'),
  });
  await tellBacklog(sql, { serverId, host: 'sender-1', waitingMs: null });
  await sql`update server_backlogs set told_at = now() - interval '31 s'`;
  await round(minutes(3), NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({
    state: 'UNKNOWN',
    error: expect.stringMatching(/sender-1.* told nothing since/),
  });
  expect((await eventsOf(sql, alert)).map(({ kind }) => kind)).toEqual(['FIRED', 'RESOLVED']);
  // A server that is gone is forgotten by those that tell.
  await sql`update server_backlogs set told_at = now() - interval '61 min'`;
  await tellBacklog(sql, { serverId: randomUUID(), host: 'sender-2', waitingMs: null });
  await round(minutes(4), NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'OK', error: null });
});

test('minutes that nobody evaluated are evaluated afterwards in order, at most fifteen', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const alert = await makeAlert(sql, { from: minuteAgo(40), cooldownMs: 0 });
  await insert(
    sql,
    [35, 12, 3].map((minutes) => failed(minuteAgo(minutes), -1)),
  );
  await makeRound(sql)(minuteAgo(1), NEVER);
  expect((await eventsOf(sql, alert)).map(({ kind, at }) => [kind, at])).toEqual([
    ['FIRED', minuteAgo(12)],
    ['RESOLVED', minuteAgo(11)],
    ['FIRED', minuteAgo(3)],
    ['RESOLVED', minuteAgo(2)],
  ]);
  expect((await stateOf(sql, alert)).nextMinute).toBe(minuteAgo(0));
});

test('two servers that evaluate at the same time write each event and delivery once', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(8);
  const { id: notifierId } = await makeNotifier(sql, 'hook');
  const alerts = [];
  for (let n = 0; n < 10; n++) {
    alerts.push(
      await makeAlert(sql, { query: `service:s${n}`, from: minute, cooldownMs: 0, notifierIds: [notifierId] }),
    );
  }
  await insert(
    sql,
    alerts.flatMap((_, n) => [failed(minute, -1, `s${n}`), failed(minute, 3 * 60 - 1, `s${n}`)]),
  );
  const rounds = [makeRound(sql), makeRound(sql), makeRound(sql)];
  await Promise.all(rounds.map((round) => round(shift(minute, 5 * MINUTE_MS), NEVER)));
  for (const alert of alerts) {
    expect((await eventsOf(sql, alert)).map(({ kind }) => kind)).toEqual(['FIRED', 'RESOLVED', 'FIRED', 'RESOLVED']);
  }
  expect(await deliveries(sql)).toHaveLength(40);
});

test('an alert whose minute has taken a minute is UNKNOWN, and says so', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const alert = await makeAlert(sql, { from: minute });
  await makeRound(sql, { minuteLimitMs: -1 })(minute, NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'UNKNOWN', error: expect.stringContaining('It was late') });
});

test('an evaluation that fails or takes too long is UNKNOWN with the error, and others go on', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const [unparsed, slow, good] = [
    await makeAlert(sql, { name: 'unparsed', from: minute }),
    await makeAlert(sql, { name: 'slow', query: 'text:failed', from: minute }),
    await makeAlert(sql, { name: 'good', query: 'service:api', from: minute }),
  ];
  await sql`update saved_searches set query = '(' where name = 'unparsed'`;
  await insert(sql, [failed(minute, -1)]);
  const lock = await sql.reserve();
  // The blocks are read by searches of texts alone.
  await lock`begin`;
  await lock`lock table log_blocks in access exclusive mode`;
  const own = connect(database.url, { max: 4, statementTimeoutMs: 500 });
  try {
    await makeRound(own)(minute, NEVER);
  } finally {
    await own.end({ timeout: 1 });
    await lock`rollback`;
    lock.release();
  }
  expect(await stateOf(sql, unparsed)).toMatchObject({
    state: 'UNKNOWN',
    error: expect.stringContaining('input.query'),
  });
  expect(await stateOf(sql, slow)).toMatchObject({ state: 'UNKNOWN', error: expect.any(String) });
  expect(await stateOf(sql, good)).toMatchObject({ state: 'FIRING', value: 1, error: null });
});

test('the statement of an evaluation that takes too long is cancelled', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const alert = await makeAlert(sql, { query: 'text:failed', from: minute });
  const lock = await sql.reserve();
  await lock`begin`;
  await lock`lock table log_blocks in access exclusive mode`;
  const own = connect(database.url, { max: 1, statementTimeoutMs: 600_000 });
  try {
    // The only connection is free again for the result.
    await makeRound(own, { evaluationMs: 300 })(minute, NEVER);
  } finally {
    await own.end({ timeout: 1 });
    await lock`rollback`;
    lock.release();
  }
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'UNKNOWN', error: expect.stringContaining('time limit') });
});

test('an alert that cannot be written keeps no other one from being evaluated, and is UNKNOWN', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const { id: notifierId } = await makeNotifier(sql, 'hook');
  const bad = await makeAlert(sql, { name: 'bad', from: minute, notifierIds: [notifierId] });
  const worse = await makeAlert(sql, { name: 'worse', from: minute });
  const good = await makeAlert(sql, { name: 'good', from: minute });
  // Errors of one alert alone that nobody foresaw: in its deliveries, and in every write.
  await sql`alter table alert_deliveries add check (notification -> 'alert' ->> 'name' <> 'bad')`;
  await sql.unsafe(`alter table alert_states add check (alert_id <> '${worse.id}' or evaluated_at is null)`);
  await insert(sql, [failed(minute, -1)]);
  await makeRound(sql)(minute, NEVER);
  expect(await stateOf(sql, good)).toMatchObject({ state: 'FIRING', value: 1 });
  expect(await stateOf(sql, bad)).toMatchObject({ state: 'UNKNOWN', error: /evaluation failed/ });
  expect(await eventsOf(sql, bad)).toEqual([]);
  expect((await stateOf(sql, worse)).nextMinute).toBe(minute);
});

test('a clock that was ahead and went back stops no alert, and no event is told twice', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(1);
  const { id: notifierId } = await makeNotifier(sql, 'hook');
  const alert = await makeAlert(sql, { from: minute, notifierIds: [notifierId] });
  await insert(sql, [failed(minute, -1)]);
  const round = makeRound(sql);
  await round(minute, NEVER);
  await sql`update alert_states set state = 'OK', next_minute = now() + interval '1 day', last_fired_at = now() + interval '1 day'`;
  expect(await listAlerts(sql)).toMatchObject([{ state: 'UNKNOWN', error: expect.any(String) }]);
  await round(minute, NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'FIRING', nextMinute: minuteAgo(0) });
  expect(await eventsOf(sql, alert)).toMatchObject([{ kind: 'FIRED', at: minute }]);
  expect(await deliveries(sql)).toHaveLength(1);
});

test('a minute that was missed is evaluated of all alerts before the next minute begins', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  // More than are evaluated at the same time.
  for (let n = 0; n < 6; n++) await makeAlert(sql, { from: minuteAgo(n < 5 ? 3 : 2) });
  await sql.unsafe(`
    create table evaluated (place bigint generated always as identity, minute timestamptz);
    create function note() returns trigger language plpgsql as
      'begin insert into evaluated (minute) values (old.next_minute); return null; end';
    create trigger note after update on alert_states for each row execute function note()`);
  await makeRound(sql)(minuteAgo(1), NEVER);
  const evaluated = await sql<{ minute: Timestamp }[]>`select minute from evaluated order by place`;
  expect(evaluated.map(({ minute }) => minute)).toEqual([
    ...Array(5).fill(minuteAgo(3)),
    ...Array(6).fill(minuteAgo(2)),
    ...Array(6).fill(minuteAgo(1)),
  ]);
});

test('a change of the alert comes before the result of the older one', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  const alert = await makeAlert(sql, { from: minute });
  const [due] = await readDueAlerts(sql, minute);
  await saveAlert(sql, ANYONE, alert.id, { ...alert, threshold: 5 });
  const result = { minute, state: 'FIRING', value: 1, error: null, lastFiredAt: minute, isOpen: true } as const;
  expect(await sql.begin((tx) => recordEvaluation(tx as never, due!, result))).toBeUndefined();
  await saveAlert(sql, ANYONE, alert.id, { ...alert, enabled: false });
  await makeRound(sql)(minute, NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'UNKNOWN', nextMinute: minute });
  // It begins again with the next minute, and not with those that passed meanwhile.
  await saveAlert(sql, ANYONE, alert.id, { ...alert, enabled: true });
  expect((await stateOf(sql, alert)).nextMinute > minuteAgo(1)).toBe(true);
});

test('a change of its search comes before the result of the older one', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(5);
  await makeAlert(sql, { name: 'a', query: 'service:api', from: minute });
  const [due] = await readDueAlerts(sql, minute);
  const search = { name: 'a', description: null, query: 'service:web', view: null, metric: false };
  await saveSearch(sql, ANYONE, due!.search.id, search);
  const result = { minute, state: 'FIRING', value: 1, error: null, lastFiredAt: minute, isOpen: true } as const;
  expect(await sql.begin((tx) => recordEvaluation(tx as never, due!, result))).toBeUndefined();
});

test('a new error fires with a record of each new group, and not where nothing was stored before', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const minute = minuteAgo(30);
  const alert = await makeAlert(sql, {
    measure: 'NEW_ERROR',
    threshold: null,
    windowMinutes: 5,
    cooldownMs: 0,
    from: minute,
  });
  const round = makeRound(sql);
  await insert(sql, [failed(minute, -60)]);
  await round(minute, NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'OK', value: 1 });
  const later = shift(minute, 10 * MINUTE_MS);
  await insert(sql, [failed(later, -10), failed(later, -20, 'new'), failed(later, -5, 'newer')]);
  await round(later, NEVER);
  expect(await stateOf(sql, alert)).toMatchObject({ state: 'FIRING', value: 2 });
  const [event] = await sql<{ services: string[] }[]>`
    select array(select service from jsonb_to_recordset(sample) as place ("timestamp" timestamptz, uid uuid)
      join system_logs on ts = "timestamp" and system_logs.uid = place.uid order by ts desc) as services
    from alert_events where kind = 'FIRED'`;
  expect(event!.services).toEqual(['newer', 'new']);
});

test('an alert that was UNKNOWN for five minutes is told, and one that nobody evaluates', async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const [unknown, lost] = [await makeAlert(sql, { name: 'unknown' }), await makeAlert(sql, { name: 'lost' })];
  expect(await unknownAlerts(sql, 300_000, 5)).toEqual([]);
  await sql`update alert_states set unknown_since = now() - interval '6 min' where alert_id = ${unknown.id}`;
  await sql`update alert_states set unknown_since = null, state = 'OK', next_minute = now() - interval '7 min'
    where alert_id = ${lost.id}`;
  expect(await unknownAlerts(sql, 300_000, 5)).toMatchObject([
    { name: 'lost', error: /no server/ },
    { name: 'unknown' },
  ]);
});
