import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Alert } from '../../src/db/alerts/alerts.ts';
import { connect, disconnect, type Sql } from '../../src/db/connection/client.ts';
import { decodeAlertEventId } from '../../src/log/cursor.ts';
import { type Timestamp, timestampFromMs } from '../../src/log/time.ts';
import { NOT_FIRED, stepOf, type Verdict } from '../../src/watch/alerts/firing.ts';
import { previewOf } from '../../src/watch/alerts/preview.ts';
import { parseSearchQuery } from '../../src/watch/search-content.ts';
import { eventsOf, MINUTE_MS, makeAlert, makeNotifier } from '../support/alerts.ts';
import { type History, withHistory } from '../support/chaos/history.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { scrape } from '../support/metrics.ts';
import { type Receiver, startReceiver } from '../support/receivers.ts';
import { type Client, remove, type Spawned, spawnServer, temporaryFolder, until } from '../support/server.ts';

const ALERTS = 12;
const TIMEOUT_MS = 1_200_000;
/** Longer than a minute, so that one is missed. */
const STOPPED_MS = 65_000;
const JUMPING = { NODE_OPTIONS: `--import ${join(import.meta.dirname, '../support/chaos/jumping-clock.mjs')}` };

/** The receiver is on this machine. */
const ALLOWED = { ALERT_ALLOW_PRIVATE: '127.0.0.1' };

interface Weir extends AsyncDisposable {
  readonly server: Spawned & Client;
  kill(): Promise<void>;
  start(): Promise<void>;
}

async function startWeir(url: string, settings: Record<string, string>): Promise<Weir> {
  const folder = await temporaryFolder();
  const launch = () => spawnServer({ LOGS_DATABASE_URL: url, DATA_DIR: folder, ...settings });
  let server = await launch();
  return {
    get server() {
      return server;
    },
    async kill() {
      server.process.kill('SIGKILL');
      await server.exited;
    },
    async start() {
      server = await launch();
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await remove(folder);
    },
  };
}

/** A fault of a server that is gone counts as no. */
const evaluates = async ({ server }: Weir): Promise<boolean> =>
  (await scrape(server.url).catch(() => new Map<string, number>())).get('weir_alert_evaluator') === 1;

/** Sends records of services that change with the minute, to the servers in turn, until it is stopped. */
function startSending(weirs: readonly Weir[]) {
  let isPaused = false;
  let isOver = false;
  const sending = (async () => {
    for (let n = 0; !isOver; n++) {
      await sleep(300);
      if (isPaused) continue;
      const service = `s${n % ALERTS}`;
      // Each alert fires in some minutes and is OK in others.
      if ((Math.floor(Date.now() / MINUTE_MS) + (n % ALERTS)) % 3 === 0) continue;
      const body = JSON.stringify({ service, message: 'x', timestamp: new Date().toISOString() });
      await weirs[n % weirs.length]!.server.ingest(body).catch(() => {});
    }
  })();
  return {
    pause: async () => {
      isPaused = true;
      // What was sent is stored.
      await sleep(1000);
    },
    resume: () => {
      isPaused = false;
    },
    [Symbol.asyncDispose]: () => {
      isOver = true;
      return sending;
    },
  };
}

/** Every evaluation that was written, by a trigger. */
const LOGGED = `
  create table evaluations (place bigint generated always as identity, alert_id uuid, minute timestamptz, state text, error text);
  create function log_evaluation() returns trigger language plpgsql as $$
  begin
    insert into evaluations (alert_id, minute, state, error) values (new.alert_id, new.next_minute - interval '1 minute', new.state, new.error);
    return null;
  end $$;
  create trigger log_evaluation after update of next_minute on alert_states for each row execute function log_evaluation()`;

interface Logged {
  minute: Timestamp;
  state: Verdict;
  error: string | null;
}

/** Each minute was evaluated once and in order, said what a preview says, and its events are those of its states. */
async function expectWhole(sql: Sql, alert: Alert, query: string): Promise<Logged[]> {
  const logged = await sql<Logged[]>`
    select minute, state, error from evaluations where alert_id = ${alert.id}::uuid order by place`;
  const firstMs = Date.parse(logged[0]!.minute);
  expect(logged.map(({ minute }) => minute)).toEqual(logged.map((_, i) => timestampFromMs(firstMs + i * MINUTE_MS)));
  const minutes = { firstMs, count: logged.length };
  const preview = await previewOf(sql, alert, parseSearchQuery(query), null, minutes, logged.at(-1)!.minute);
  const known = logged.map(({ state }, i) =>
    state === 'UNKNOWN' ? state : preview.minutes[i]!.isFiring ? 'FIRING' : 'OK',
  );
  expect(logged.map(({ state }) => state)).toEqual(known);
  let firing = NOT_FIRED;
  const events = logged.flatMap(({ state, minute }) => {
    const step = stepOf(firing, state, Date.parse(minute), alert.cooldownMs);
    firing = step.after;
    return step.event === null ? [] : [[step.event, minute]];
  });
  expect((await eventsOf(sql, alert)).map(({ kind, at }) => [kind, at])).toEqual(events);
  const [deliveries] = await sql<{ count: number }[]>`
    select count(*) as count from alert_deliveries where alert_id = ${alert.id}::uuid`;
  expect(deliveries!.count).toBe(events.length);
  return logged;
}

/** Each event reached the receiver at least once, in the order of its alert, and nothing else did. */
async function expectDelivered(sql: Sql, { received }: Receiver): Promise<void> {
  const isDone = async (): Promise<boolean> =>
    (await sql`select from alert_deliveries where delivered_at is null limit 1`).length === 0;
  await until(isDone, 60_000, 'the deliveries');
  const events = await sql<{ id: string; alertId: string }[]>`
    select id, alert_id as "alertId" from alert_events order by alert_id, at`;
  // A repeated one may come late: its first time counts.
  const got = [...new Set(received.map(({ body }) => decodeAlertEventId(JSON.parse(body).event.id)!))];
  const byAlert = (ids: readonly string[], alertId: string): string[] =>
    ids.filter((id) => events.some((event) => event.id === id && event.alertId === alertId));
  expect(got.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  for (const { alertId } of events) {
    expect(byAlert(got, alertId)).toEqual(
      byAlert(
        events.map(({ id }) => id),
        alertId,
      ),
    );
  }
}

const lastEvaluated = async (sql: Sql): Promise<number> => {
  const [row] = await sql<{ ms: number | null }[]>`
    select extract(epoch from min(next_minute))::float8 * 1000 - 60000 as ms from alert_states`;
  return row!.ms ?? 0;
};

/** Waits until the minute that runs now is evaluated for every alert. */
async function nextEvaluated(sql: Sql, history: History): Promise<void> {
  const minuteMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const isDone = async (): Promise<boolean> => (await lastEvaluated(sql).catch(() => 0)) >= minuteMs;
  await until(isDone, 100_000, 'the evaluation of the minute');
  history.note(`${timestampFromMs(minuteMs)} is evaluated`);
}

test(
  'alerts lose nothing and tell nothing twice while the evaluating server is killed, PostgreSQL stops and a clock jumps',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres();
      await using receiver = await startReceiver();
      await using steady = await startWeir(postgres.url, ALLOWED);
      await using jumping = await startWeir(postgres.url, { ...ALLOWED, ...JUMPING });
      const weirs = [steady, jumping];
      const sql = connect(postgres.url, { max: 2, statementTimeoutMs: 10_000 });
      await using _ = { [Symbol.asyncDispose]: () => disconnect(sql) };
      await sql.unsafe(LOGGED);
      const { id: notifierId } = await makeNotifier(sql, 'hook', receiver.url);
      const alerts: [Alert, string][] = [];
      for (let n = 0; n < ALERTS; n++) {
        const query = `service:s${n}`;
        alerts.push([await makeAlert(sql, { query, cooldownMs: 0, notifierIds: [notifierId] }), query]);
      }
      await using sending = startSending(weirs);
      await nextEvaluated(sql, history);

      const first = (await evaluates(steady)) ? steady : jumping;
      const other = first === steady ? jumping : steady;
      const killedAt = performance.now();
      await first.kill();
      history.note(`the evaluating server was killed; it was the ${first === steady ? 'steady' : 'jumping'} one`);
      await until(() => evaluates(other), 15_000, 'the other server takes over');
      history.note(`the other one took over after ${Math.round(performance.now() - killedAt)} ms`);
      await first.start();
      await nextEvaluated(sql, history);

      await sending.pause();
      await postgres.stop();
      history.note('PostgreSQL stopped');
      await sleep(STOPPED_MS);
      await postgres.start();
      history.note('PostgreSQL started');
      sending.resume();
      await nextEvaluated(sql, history);
      await other.kill();
      await other.start();
      await nextEvaluated(sql, history);
      await sending.pause();

      const logged = [];
      for (const [alert, query] of alerts) logged.push(...(await expectWhole(sql, alert, query)));
      await expectDelivered(sql, receiver);
      const unknown = logged.filter(({ state }) => state === 'UNKNOWN');
      history.note(`${logged.length} evaluations, ${unknown.length} of them UNKNOWN: ${unknown[0]?.error}`);
      // A busy machine may keep a server from telling; a fault of the evaluation it is not.
      expect(unknown.filter(({ error }) => !/told nothing|wait in the spool|late/.test(error!))).toEqual([]);
      expect(logged.filter(({ state }) => state === 'FIRING').length).toBeGreaterThan(ALERTS);
    }),
  TIMEOUT_MS,
);
