import { pino } from 'pino';
import { ANYONE } from '../../src/access/caller.ts';
import type { Alert, AlertRule } from '../../src/db/alerts/alerts.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { type Timestamp, timestampFromMs } from '../../src/log/time.ts';
import { createRound, type Round } from '../../src/watch/alerts/round.ts';
import { saveAlert } from '../../src/watch/change-alerts.ts';
import { saveNotifier } from '../../src/watch/change-notifiers.ts';
import { saveSearch } from '../../src/watch/change-searches.ts';

export const MINUTE_MS = 60_000;

export const RULE: AlertRule = {
  measure: 'COUNT',
  threshold: 1,
  minimum: 1,
  windowMinutes: 1,
  cooldownMs: 3_600_000,
};

let made = 0;

interface TestAlert extends Partial<AlertRule> {
  query?: string;
  name?: string;
  notifierIds?: string[];
  /** The first minute that is evaluated; otherwise the next one. */
  from?: Timestamp;
}

/** An alert on a search of its own. */
export async function makeAlert(
  sql: Sql,
  { query = '', name, notifierIds = [], from, ...rule }: TestAlert,
): Promise<Alert> {
  const unique = name ?? `alert ${++made}`;
  const search = await saveSearch(sql, ANYONE, null, {
    name: unique,
    description: null,
    query,
    view: null,
    metric: false,
  });
  const content = { ...RULE, ...rule, name: unique, searchId: search.id, notifierIds, enabled: true };
  const alert = await saveAlert(sql, ANYONE, null, content);
  if (from) await sql`update alert_states set next_minute = ${from}::timestamptz where alert_id = ${alert.id}::uuid`;
  return alert;
}

export const makeNotifier = (sql: Sql, name: string, target = 'https://hooks.example.com/T0/secret') =>
  saveNotifier(sql, ANYONE, null, { name, kind: 'WEBHOOK', target, secret: 'a secret' });

/** A round as a server makes it, on the pool of the test. */
export function makeRound(
  sql: Sql,
  more: { onEvent?: () => void; minuteLimitMs?: number; evaluationMs?: number } = {},
): Round {
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  return createRound({ sql, onEvent: () => {}, meter: { evaluated() {}, event() {} }, log, ...more });
}

export const NEVER = new AbortController().signal;

export interface ShownEvent {
  kind: string;
  at: Timestamp;
  value: number | null;
}

/** In order. */
export const eventsOf = async (sql: Sql, { id }: Pick<Alert, 'id'>): Promise<ShownEvent[]> =>
  sql<ShownEvent[]>`select kind, at, value from alert_events where alert_id = ${id}::uuid order by at`;

export async function stateOf(sql: Sql, { id }: Pick<Alert, 'id'>) {
  const [row] = await sql<{ state: string; value: number | null; error: string | null; nextMinute: Timestamp }[]>`
    select state, value, error, next_minute as "nextMinute" from alert_states where alert_id = ${id}::uuid`;
  return row!;
}

/** A whole minute of the last hours. */
export const minuteAgo = (minutes: number): Timestamp =>
  timestampFromMs((Math.floor(Date.now() / MINUTE_MS) - minutes) * MINUTE_MS);
