import { pino } from 'pino';
import { ANYONE } from '../src/access/caller.ts';
import type { AlertRule } from '../src/db/alerts/alerts.ts';
import { connect, type Sql } from '../src/db/connection/client.ts';
import { hasGaps } from '../src/db/rollups/rollup-gaps.ts';
import { keepRollups } from '../src/db/rollups/rollup-keeper.ts';
import { type Timestamp, timestampFromMs } from '../src/log/time.ts';
import { EVALUATION_MS, EVALUATIONS_MAX } from '../src/watch/alerts/evaluate.ts';
import { minutesIn, previewOf } from '../src/watch/alerts/preview.ts';
import { createRound } from '../src/watch/alerts/round.ts';
import { saveAlert } from '../src/watch/change-alerts.ts';
import { saveSearch } from '../src/watch/change-searches.ts';
import { parseSearchQuery } from '../src/watch/search-content.ts';
import { makeLines } from './data.ts';
import { ms, quantile, report } from './measure.ts';
import type { Setting } from './setting.ts';

const RECORDS = Number(process.env.BENCH_RECORDS ?? 1_000_000);
const BATCH = 10_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** By rollups, and by the records. */
const ROLLED_UP = 450;
const TEXTS = 50;

/** All alerts of a minute over an hour of a million records, and a preview of a day. */
export async function benchAlerts(setting: Setting): Promise<void> {
  const url = await setting.createDatabase();
  const minuteMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  await store(setting, url, minuteMs);
  const sql = connect(url, { max: EVALUATIONS_MAX, statementTimeoutMs: EVALUATION_MS });
  do await keepRollups(sql);
  while (await hasGaps(sql));
  await sql`vacuum analyze system_logs`.catch(() => {});
  await makeAlerts(sql);
  const [rolledUp, texts] = await evaluateAll(sql, timestampFromMs(minuteMs));
  const took = `${(rolledUp!.length + texts!.length).toString()} evaluations`;
  report(
    `alerts: ${ROLLED_UP} by rollups, median`,
    ms(quantile(rolledUp!)),
    `99 % ${ms(quantile(rolledUp!, 0.99))}`,
    1,
    '50 ms',
  );
  report(
    `alerts: ${TEXTS} by text over ${RECORDS} records, median`,
    ms(quantile(texts!)),
    `99 % ${ms(quantile(texts!, 0.99))}`,
    1,
    '10 s',
  );
  const started = performance.now();
  await preview(sql, minuteMs);
  report('alerts: preview of a day', ms(performance.now() - started), took, 1, '1 s at most');
  await sql.end();
}

async function store(setting: Setting, url: string, endMs: number): Promise<void> {
  await using server = await setting.startServer(url, { HOST: '127.0.0.1' });
  const apartMs = HOUR_MS / RECORDS;
  for (let from = 0; from < RECORDS; from += BATCH) {
    const lines = makeLines(BATCH, from).map((line, i) => {
      const timestamp = new Date(endMs - HOUR_MS + (from + i) * apartMs).toISOString();
      return JSON.stringify({ ...JSON.parse(line), timestamp });
    });
    const response = await server.ingest(lines.join('\n'));
    if (response.status !== 200) throw new Error(`ingest: expected status 200, got ${response.status}`);
  }
}

async function makeAlerts(sql: Sql): Promise<void> {
  const services = ['billing', 'checkout', 'search', 'worker', 'gateway'];
  const make = async (name: string, query: string, rule: Partial<AlertRule>): Promise<void> => {
    const search = await saveSearch(sql, ANYONE, null, { name, description: null, query, view: null, metric: false });
    const all = {
      measure: 'COUNT',
      threshold: 1e9,
      minimum: 1,
      windowMinutes: 60,
      cooldownMs: HOUR_MS,
      ...rule,
    } as const;
    await saveAlert(sql, ANYONE, null, { ...all, name, searchId: search.id, notifierIds: [], enabled: true });
  };
  for (let n = 0; n < ROLLED_UP; n++) {
    const query = `service:${services[n % 5]} ${n % 2 ? 'level:>=error' : ''}`.trim();
    const windowMinutes = [5, 15, 60, 1440, 10_080][n % 5]!;
    await make(
      `rolled up ${n}`,
      query,
      n % 3 === 0 ? { measure: 'ERROR_RATE', threshold: 1, windowMinutes } : { windowMinutes },
    );
  }
  // Half of them rare: a customer. Half of them in a sixth of all records.
  const words = ['invoice', 'session', 'order', 'report', 'retried'];
  for (let n = 0; n < TEXTS; n++) {
    await make(
      `text ${n}`,
      n % 2 ? `"customer ${1000 + n}"` : `"${words[n % 5]}" service:${services[n % 5]} "${n}"`,
      {},
    );
  }
}

/** @returns the milliseconds of each evaluation by rollups, and of those by text */
async function evaluateAll(sql: Sql, minute: Timestamp): Promise<[number[], number[]]> {
  await sql`update alert_states set next_minute = ${minute}::timestamptz`;
  const taken: number[] = [];
  let unknown = 0;
  const meter = {
    evaluated: (state: string, seconds: number): void => {
      if (state === 'UNKNOWN') unknown++;
      taken.push(seconds * 1000);
    },
    event() {},
  };
  const started = performance.now();
  await createRound({ sql, onEvent() {}, meter, log: pino({ level: 'warn' }) })(minute, new AbortController().signal);
  const allMs = performance.now() - started;
  const [row] = await sql<{ error: string }[]>`select error from alert_states where state = 'UNKNOWN' limit 1`;
  if (unknown > 0) console.log(`alerts: ${unknown} are UNKNOWN: ${row?.error}`);
  report(`alerts: ${taken.length} evaluated`, ms(allMs), 'their minute 60000 ms', allMs / MINUTE_MS, 'below 1');
  return [taken.slice(0, ROLLED_UP), taken.slice(ROLLED_UP)];
}

const preview = (sql: Sql, endMs: number) => {
  const range = { from: timestampFromMs(endMs - 24 * HOUR_MS), to: timestampFromMs(endMs) };
  const rule: AlertRule = { measure: 'ERROR_RATE', threshold: 0.1, minimum: 1, windowMinutes: 60, cooldownMs: HOUR_MS };
  return previewOf(sql, rule, parseSearchQuery('service:billing'), null, minutesIn(range), range.to);
};
