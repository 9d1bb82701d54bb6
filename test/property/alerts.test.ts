import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Measure } from '../../src/db/alerts/alerts.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { mergeDeltas } from '../../src/db/rollups/merge-deltas.ts';
import { lockRollups } from '../../src/db/rollups/remove-rollups.ts';
import { ROLLUPS } from '../../src/db/rollups/rollup.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { millisOf, shift, timestampFromMs } from '../../src/log/time.ts';
import { NOT_FIRED, stepOf } from '../../src/watch/alerts/firing.ts';
import { previewOf } from '../../src/watch/alerts/preview.ts';
import { parseSearchQuery } from '../../src/watch/search-content.ts';
import { eventsOf, MINUTE_MS, makeAlert, makeRound, NEVER, RULE, stateOf } from '../support/alerts.ts';
import { LONG } from '../support/chaos/history.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { calling, insert, record } from '../support/records.ts';

const DAY_MS = 86_400_000;
/** Simulated time. Each case has a day of its own, so that windows and the days before them do not meet. */
const MINUTES = 25;
const DAYS_APART = 9;

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterAll(() => database[Symbol.asyncDispose]());

const drafts = fc.record({
  /** Since the start of the simulated time. Some are long before it: what was known. */
  atMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -5 * MINUTE_MS, max: MINUTES * MINUTE_MS }) },
    { weight: 2, arbitrary: fc.integer({ min: -7 * DAY_MS - 10 * MINUTE_MS, max: -6 * DAY_MS }) },
    // Exactly at a minute: it belongs to the next window.
    { weight: 2, arbitrary: fc.integer({ min: 0, max: MINUTES }).map((minute) => minute * MINUTE_MS) },
  ),
  /** From its time to its commit. */
  delayMs: fc.integer({ min: 0, max: 9999 }),
  service: fc.constantFrom('api', 'billing'),
  level: fc.constantFrom<'INFO' | 'ERROR'>('INFO', 'ERROR'),
  errorType: fc.constantFrom(null, 'Timeout', 'Refused'),
  text: fc.constantFrom('payment failed', 'all is well'),
  costNanoUsd: fc.constantFrom(null, 0, 250_000_000, 1_000_000_000),
});
type SimulatedDraft = typeof drafts extends fc.Arbitrary<infer Draft> ? Draft : never;

const rules = fc
  .record({
    measure: fc.constantFrom<Measure>('COUNT', 'ERROR_RATE', 'ABSENCE', 'NEW_ERROR', 'LLM_COST_USD'),
    query: fc.constantFrom('', 'service:api', 'level:>=error', 'failed', 'service:api failed'),
    share: fc.constantFrom(0.2, 0.5, 1),
    threshold: fc.constantFrom(0.5, 1, 2, 4),
    minimum: fc.constantFrom(1, 3),
    windowMinutes: fc.constantFrom(1, 2, 7),
    cooldownMs: fc.constantFrom(0, 3 * MINUTE_MS, 10 * MINUTE_MS + 1),
  })
  .map(({ share, threshold, ...rule }) => ({
    ...rule,
    threshold: { COUNT: threshold, LLM_COST_USD: threshold, ERROR_RATE: share, ABSENCE: null, NEW_ERROR: null }[
      rule.measure
    ],
  }));

function recordOf(draft: SimulatedDraft, startMs: number): NewRecord {
  const { atMs, service, level, errorType, text, costNanoUsd } = draft;
  const fields = {
    timestamp: timestampFromMs(startMs + atMs),
    service,
    severityNumber: level === 'ERROR' ? 17 : 9,
    errorType,
    message: text,
  };
  return costNanoUsd === null ? record(fields) : calling(fields, { costNanoUsd });
}

const mergeAll = (pool: Sql): Promise<void> =>
  inTransaction(pool, async (tx) => {
    await lockRollups(tx);
    for (const rollup of ROLLUPS) await mergeDeltas(tx, rollup);
  });

let cases = 0;

test('a preview says what fired live, where every record was committed within ten seconds', async () => {
  const simulated = fc.record({
    drafts: fc.array(drafts, { maxLength: 40 }),
    rules: fc.array(rules, { minLength: 1, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(simulated, async (one) => {
      const startMs = Date.UTC(2024, 0, 1) + ++cases * DAYS_APART * DAY_MS;
      const first = timestampFromMs(startMs);
      const alerts = await Promise.all(one.rules.map((rule) => makeAlert(sql, { ...RULE, ...rule, from: first })));
      const records = one.drafts.map((draft) => ({
        record: recordOf(draft, startMs),
        committedMs: startMs + draft.atMs + draft.delayMs,
      }));
      const round = makeRound(sql);
      const live: { state: string; value: number | null }[][] = one.rules.map(() => []);
      let committedUntilMs = Number.NEGATIVE_INFINITY;
      for (let minute = 0; minute < MINUTES; minute++) {
        const nowMs = startMs + minute * MINUTE_MS + 10_000;
        const due = records.filter(({ committedMs }) => committedMs > committedUntilMs && committedMs <= nowMs);
        if (due.length > 0)
          await insert(
            sql,
            due.map(({ record }) => record),
          );
        committedUntilMs = nowMs;
        // Deltas that are merged and deltas that are not count alike.
        if (minute % 3 === 0) await mergeAll(sql);
        await round(timestampFromMs(startMs + minute * MINUTE_MS), NEVER);
        for (const [i, alert] of alerts.entries()) live[i]!.push(await stateOf(sql, alert));
      }
      for (const [i, alert] of alerts.entries()) {
        const rule = one.rules[i]!;
        const minutes = { firstMs: startMs, count: MINUTES };
        const end = shift(first, MINUTES * MINUTE_MS);
        const preview = await previewOf(sql, rule, parseSearchQuery(rule.query), null, minutes, end);
        const states = preview.minutes.map(({ value, isFiring }) => ({ state: isFiring ? 'FIRING' : 'OK', value }));
        expect(live[i]!.map(({ state, value }) => ({ state, value }))).toEqual(states);
        const events = await eventsOf(sql, alert);
        expect(events.map(({ kind, at }) => [kind, millisOf(at)])).toEqual(
          expectedEvents(preview.minutes, rule.cooldownMs),
        );
        expect(preview.fired).toBe(events.filter(({ kind }) => kind === 'FIRED').length);
      }
      await sql`delete from alerts`;
      await sql`delete from saved_searches`;
    }),
    { numRuns: LONG ? 60 : 12 },
  );
});

function expectedEvents(minutes: readonly { atMs: number; isFiring: boolean }[], cooldownMs: number): unknown[] {
  let firing = NOT_FIRED;
  return minutes.flatMap(({ atMs, isFiring }) => {
    const { after, event } = stepOf(firing, isFiring ? 'FIRING' : 'OK', atMs, cooldownMs);
    firing = after;
    return event === null ? [] : [[event, atMs]];
  });
}
