import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Overloaded } from '../../src/errors.ts';
import { createMeters } from '../../src/metrics/meters.ts';
import { createRegistry } from '../../src/metrics/registry.ts';
import { createAddressGuard } from '../../src/watch/delivery/address-guard.ts';
import { createDeliveries, type Deliveries } from '../../src/watch/delivery/deliveries.ts';
import { createSender } from '../../src/watch/delivery/sender.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Received, startReceiver } from '../support/receivers.ts';
import { until } from '../support/server.ts';
import { makeDue, readDeliveries, storeAlert, storeEvent, storeNotifier } from '../support/stored-alerts.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.sql`truncate notifiers, alerts, saved_searches cascade`;
});

/** The part of a server that sends. */
const start = (): Deliveries =>
  createDeliveries({
    sql: database.sql,
    send: createSender({ guard: createAddressGuard(['127.0.0.1']), publicUrl: null, mailServer: null }),
    meter: createMeters(createRegistry()).deliveries,
    log: pino({ level: 'silent' }),
    lookEveryMs: 20,
  });

const FIRED = { kind: 'FIRED', minute: 0 } as const;
const RESOLVED = { kind: 'RESOLVED', minute: 1 } as const;
const shown = ({ body }: Received): string => {
  const { alert, event } = JSON.parse(body);
  return `${alert.name} ${event.kind}`;
};
const readNotifier = async (name: string) => {
  const [row] = await database.sql`
    select last_error as "lastError", last_delivered_at is not null as "wasDelivered" from notifiers where name = ${name}`;
  return row;
};
const settled = () => until(async () => (await readDeliveries(database.sql)).every(({ isWaiting }) => !isWaiting));

/** Until a delivery has so many attempts, and the last one is over. */
const tried = (attempts: number) =>
  until(async () => {
    const [first] = await readDeliveries(database.sql);
    return first?.attempts === attempts && first.error !== null ? first : null;
  });

test('a target that answers 500, then 200, gets the same key twice, and RESOLVED waits for FIRED', async () => {
  await using target = await startReceiver((response, _, number) => response.writeHead(number === 0 ? 500 : 200).end());
  const notifier = await storeNotifier(database.sql, { name: 'hook', target: target.url });
  const alert = await storeAlert(database.sql, 'a');
  await storeEvent(database.sql, alert, FIRED, [notifier]);
  await storeEvent(database.sql, alert, RESOLVED, [notifier]);
  await using _ = start();
  const first = await tried(1);
  expect(first).toMatchObject({ isDelivered: false, isWaiting: true, error: 'status 500' });
  expect(first.waitSeconds).toBeLessThanOrEqual(5);
  expect(await readNotifier('hook')).toEqual({ lastError: 'status 500', wasDelivered: false });
  await makeDue(database.sql);
  await settled();
  expect(target.received.map(shown)).toEqual(['a FIRED', 'a FIRED', 'a RESOLVED']);
  const keys = target.received.map(({ headers }) => headers['idempotency-key']);
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).not.toBe(keys[0]);
  expect(await readDeliveries(database.sql)).toMatchObject([
    { attempts: 2, isDelivered: true, error: null },
    { attempts: 1, isDelivered: true, error: null },
  ]);
  expect(await readNotifier('hook')).toEqual({ lastError: null, wasDelivered: true });
});

test('a target that hangs holds up neither another one nor another alert', async () => {
  await using hanging = await startReceiver(() => {});
  await using working = await startReceiver();
  const dead = await storeNotifier(database.sql, { name: 'dead', target: hanging.url });
  const live = await storeNotifier(database.sql, { name: 'live', target: working.url });
  for (let n = 0; n < 50; n++)
    await storeEvent(database.sql, await storeAlert(database.sql, `${n}`), FIRED, [dead, live]);
  const deliveries = start();
  await working.got(50);
  expect(hanging.received.length).toBeLessThanOrEqual(4);
  await deliveries[Symbol.asyncDispose]();
  // The attempts under way were ended, and are due at once.
  const waiting = (await readDeliveries(database.sql)).filter(({ isWaiting }) => isWaiting);
  expect(waiting).toHaveLength(50);
  expect(waiting.filter(({ waitSeconds }) => waitSeconds! > 0)).toEqual([]);
});

test('two servers send each notification once, those of an alert in order', async () => {
  await using target = await startReceiver();
  const notifier = await storeNotifier(database.sql, { name: 'hook', target: target.url });
  const names = Array.from({ length: 40 }, (_, n) => `${n}`);
  for (const name of names) {
    const alert = await storeAlert(database.sql, name);
    for (const event of [FIRED, RESOLVED]) await storeEvent(database.sql, alert, event, [notifier]);
  }
  await using _one = start();
  await using _other = start();
  await settled();
  const received = target.received.map(shown);
  expect(received.filter((one) => one.endsWith('FIRED')).toSorted()).toEqual(names.map((n) => `${n} FIRED`).toSorted());
  expect(received).toHaveLength(80);
  for (const n of names) expect(received.indexOf(`${n} FIRED`)).toBeLessThan(received.indexOf(`${n} RESOLVED`));
});

test('nothing is sent of an alert that is silenced, until it is silenced no longer', async () => {
  await using target = await startReceiver();
  const notifier = await storeNotifier(database.sql, { name: 'hook', target: target.url });
  const [silent, loud] = [await storeAlert(database.sql, 'silent'), await storeAlert(database.sql, 'loud')];
  await database.sql`update alerts set silenced_until = now() + interval '1 hour' where id = ${silent.alert.id}::uuid`;
  await storeEvent(database.sql, silent, FIRED, [notifier]);
  await storeEvent(database.sql, loud, FIRED, [notifier]);
  await using deliveries = start();
  await target.got(1);
  await database.sql`update alerts set silenced_until = null`;
  deliveries.wake();
  await target.got(2);
  expect(target.received.map(shown)).toEqual(['loud FIRED', 'silent FIRED']);
});

test('what is not delivered when its alert is deleted is not sent', async () => {
  await using target = await startReceiver((response) => response.writeHead(500).end());
  const notifier = await storeNotifier(database.sql, { name: 'hook', target: target.url });
  const [gone, kept] = [await storeAlert(database.sql, 'gone'), await storeAlert(database.sql, 'kept')];
  await storeEvent(database.sql, gone, FIRED, [notifier]);
  await using _ = start();
  await tried(1);
  await database.sql`delete from alerts where id = ${gone.alert.id}::uuid`;
  await storeEvent(database.sql, kept, FIRED, [notifier]);
  await target.got(2);
  expect(target.received.map(shown)).toEqual(['gone FIRED', 'kept FIRED']);
});

describe('a delivery is given up', () => {
  test('where it fails for a day: then the next one of its alert is sent', async () => {
    await using target = await startReceiver((response, _, number) =>
      response.writeHead(number === 0 ? 500 : 200).end(),
    );
    const notifier = await storeNotifier(database.sql, { name: 'hook', target: target.url });
    const alert = await storeAlert(database.sql, 'a');
    await storeEvent(database.sql, alert, FIRED, [notifier]);
    await database.sql`update alert_deliveries set created_at = now() - interval '1 day' + interval '1 second', attempts = 40`;
    await storeEvent(database.sql, alert, RESOLVED, [notifier]);
    await using _ = start();
    await settled();
    expect(target.received.map(shown)).toEqual(['a FIRED', 'a RESOLVED']);
    expect(await readDeliveries(database.sql)).toMatchObject([
      { attempts: 41, isDelivered: false, isGivenUp: true, error: 'status 500' },
      { attempts: 1, isDelivered: true, isGivenUp: false },
    ]);
  });

  test('where it was tried and is older than a day; one that was never tried is', async () => {
    await using target = await startReceiver();
    const notifier = await storeNotifier(database.sql, { name: 'hook', target: target.url });
    for (const name of ['tried', 'never tried']) {
      await storeEvent(database.sql, await storeAlert(database.sql, name), FIRED, [notifier]);
    }
    await database.sql`update alert_deliveries d set created_at = now() - interval '2 days',
      attempts = case when a.name = 'tried' then 3 else 0 end from alerts a where a.id = d.alert_id`;
    await using _ = start();
    await settled();
    expect(target.received.map(shown)).toEqual(['never tried FIRED']);
    expect(await readDeliveries(database.sql)).toMatchObject([{ isGivenUp: true }, { isDelivered: true }]);
  });

  test('where its notifier was deleted', async () => {
    const notifier = await storeNotifier(database.sql, { name: 'hook', target: 'http://127.0.0.1:1/' });
    await storeEvent(database.sql, await storeAlert(database.sql, 'a'), FIRED, [notifier]);
    await database.sql`delete from notifiers`;
    await using _ = start();
    await settled();
    expect(await readDeliveries(database.sql)).toMatchObject([{ isGivenUp: true, error: 'the notifier was deleted' }]);
  });
});

test('a target says when it wants to be tried again', async () => {
  await using target = await startReceiver((response) => response.writeHead(429, { 'retry-after': '600' }).end());
  const notifier = await storeNotifier(database.sql, { name: 'hook', kind: 'SLACK', target: target.url });
  await storeEvent(database.sql, await storeAlert(database.sql, 'a'), FIRED, [notifier]);
  await using _ = start();
  const { error, waitSeconds } = await tried(1);
  expect(error).toBe('status 429');
  expect(waitSeconds).toBeGreaterThan(500);
});

test('a trial is sent at once, also while its alert is silenced, and keeps no row', async () => {
  await using target = await startReceiver((response, { path }) =>
    response.writeHead(path === '/bad' ? 500 : 200).end(),
  );
  const alert = await storeAlert(database.sql, 'a');
  await database.sql`update alerts set silenced_until = now() + interval '1 hour'`;
  await storeNotifier(database.sql, { name: 'bad', target: `${target.url}/bad` });
  await storeNotifier(database.sql, { name: 'good', target: target.url });
  const notifiers = await database.sql`select id, name, kind, target, secret from notifiers order by name`;
  await using deliveries = start();
  const made = await deliveries.trial({ ...alert, event: null, sample: [] }, notifiers as never);
  expect(made).toMatchObject([
    { notifierName: 'bad', deliveredAt: null, attempts: 1, nextAttemptAt: null, error: 'status 500' },
    { notifierName: 'good', deliveredAt: expect.any(String), attempts: 1, nextAttemptAt: null, error: null },
  ]);
  expect(target.received.map(shown)).toEqual(['a TRIAL', 'a TRIAL']);
  expect(await readDeliveries(database.sql)).toEqual([]);
  expect(await readNotifier('bad')).toEqual({ lastError: 'status 500', wasDelivered: false });
  expect(await readNotifier('good')).toEqual({ lastError: null, wasDelivered: true });
});

test('trials of few alerts are sent at the same time, more are refused', async () => {
  const free = Promise.withResolvers<void>();
  await using target = await startReceiver(async (response) => {
    await free.promise;
    response.writeHead(200).end();
  });
  const alert = await storeAlert(database.sql, 'a');
  await storeNotifier(database.sql, { name: 'slow', target: target.url });
  const notifiers = await database.sql`select id, name, kind, target, secret from notifiers`;
  await using deliveries = start();
  const trial = () => deliveries.trial({ ...alert, event: null, sample: [] }, notifiers as never);
  const running = [trial(), trial(), trial(), trial()];
  await expect(trial()).rejects.toThrow(Overloaded);
  free.resolve();
  await Promise.all(running);
  expect(await trial()).toMatchObject([{ error: null }]);
});

test('sending goes on after its connections to the database were lost', async () => {
  await using target = await startReceiver();
  const notifier = await storeNotifier(database.sql, { name: 'hook', target: target.url });
  const alert = await storeAlert(database.sql, 'a');
  await using _ = start();
  await storeEvent(database.sql, alert, FIRED, [notifier]);
  await target.got(1);
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.catch(() => {});
  await until(() =>
    storeEvent(database.sql, alert, RESOLVED, [notifier]).then(
      () => true,
      () => false,
    ),
  );
  await settled();
  expect(target.received.map(shown).at(-1)).toBe('a RESOLVED');
});
