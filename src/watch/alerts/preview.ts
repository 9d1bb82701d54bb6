import type { AlertRule } from '../../db/alerts/alerts.ts';
import type { Sql } from '../../db/connection/client.ts';
import { inSnapshot } from '../../db/connection/snapshot.ts';
import { costByMinute, countByMinute } from '../../db/stats/minute-sums.ts';
import { firstErrorMinutes, KNOWN_FOR_MS } from '../../db/stats/new-errors.ts';
import { resolveRange } from '../../db/stats/stats.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { millisOf, type Timestamp, timestampFromMs } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { NOT_FIRED, stepOf } from './firing.ts';
import { type Measured, measured, NO_SUMS, nearness, type WindowSums } from './measure.ts';
import { MINUTE_MS } from './minute.ts';

/** One minute of a preview. */
export interface PreviewMinute extends Measured {
  atMs: number;
}

/** `AlertPreview` of the schema. */
export interface Preview {
  minutes: PreviewMinute[];
  /** From the first minute that fires to the first that is OK, or the end of the range. */
  firings: TimeSpan[];
  /** FIRED events. */
  fired: number;
}

/** The whole minutes of a range. */
export interface Minutes {
  firstMs: number;
  count: number;
}

export function minutesIn({ from, to }: TimeSpan): Minutes {
  const firstMs = Math.ceil(millisOf(from) / MINUTE_MS) * MINUTE_MS;
  return { firstMs, count: Math.max(0, Math.ceil((millisOf(to) - firstMs) / MINUTE_MS)) };
}

/**
 * Evaluates a rule at each of these minutes, as the evaluator does. Each minute of records is read once; then the windows slide.
 * `scope`: what the caller sees; `filter` includes it.
 */
export async function previewOf(
  sql: Sql,
  rule: AlertRule,
  filter: Filter,
  scope: Filter | null,
  minutes: Minutes,
  end: Timestamp,
): Promise<Preview> {
  const sumsAt = await inSnapshot(sql, (tx) => readSums(tx, rule, filter, scope, minutes));
  const evaluated = Array.from(
    { length: minutes.count },
    (_, place): PreviewMinute => ({
      atMs: minutes.firstMs + place * MINUTE_MS,
      ...measured(rule, sumsAt(place)),
    }),
  );
  return { minutes: evaluated, firings: firingsOf(evaluated, end), fired: countFired(evaluated, rule.cooldownMs) };
}

/** The sums of the window that ends at the minute of this place. */
type SumsAt = (place: number) => WindowSums;

function readSums(tx: Sql, rule: AlertRule, filter: Filter, scope: Filter | null, minutes: Minutes): Promise<SumsAt> {
  switch (rule.measure) {
    case 'NEW_ERROR':
      return readNewErrors(tx, rule, filter, scope, minutes);
    case 'LLM_COST_USD':
      return readCosts(tx, rule, filter, minutes);
    default:
      return readCounts(tx, rule, filter, minutes);
  }
}

/** From the start of the first window to the last minute. */
function spanOf({ windowMinutes }: AlertRule, { firstMs, count }: Minutes, earlierMs = 0): TimeSpan {
  const from = timestampFromMs(firstMs - windowMinutes * MINUTE_MS - earlierMs);
  return { from, to: timestampFromMs(firstMs + (count - 1) * MINUTE_MS) };
}

async function readCounts(tx: Sql, rule: AlertRule, filter: Filter, minutes: Minutes): Promise<SumsAt> {
  const [records, errors] = [slidingSums(rule, minutes), slidingSums(rule, minutes)];
  for (const row of await countByMinute(tx, filter, spanOf(rule, minutes))) {
    records.add(row.minute, row.records);
    errors.add(row.minute, row.errors);
  }
  return (place) => ({ ...NO_SUMS, records: records.at(place), errors: errors.at(place) });
}

async function readCosts(tx: Sql, rule: AlertRule, filter: Filter, minutes: Minutes): Promise<SumsAt> {
  const costs = slidingSums(rule, minutes);
  for (const { minute, nanoUsd } of await costByMinute(tx, filter, spanOf(rule, minutes))) costs.add(minute, nanoUsd);
  return (place) => ({ ...NO_SUMS, costNanoUsd: costs.at(place) });
}

/** A group is new from the minute after it was first seen on, until its first minute leaves the window. */
async function readNewErrors(
  tx: Sql,
  rule: AlertRule,
  filter: Filter,
  scope: Filter | null,
  minutes: Minutes,
): Promise<SumsAt> {
  const span = spanOf(rule, minutes, KNOWN_FOR_MS);
  const changes = new Float64Array(minutes.count + 1);
  const placeOf = (ms: number): number => Math.min(Math.max(0, (ms - minutes.firstMs) / MINUTE_MS), minutes.count);
  const windowMs = rule.windowMinutes * MINUTE_MS;
  for (const { minute, before } of await firstErrorMinutes(tx, filter, span)) {
    const [seenMs, beforeMs] = [millisOf(minute), before === null ? Number.NEGATIVE_INFINITY : millisOf(before)];
    // Only windows that the minute seen before is too old for: it is neither in the window nor in the seven days before it.
    const fromMs = Math.max(seenMs, beforeMs + KNOWN_FOR_MS + windowMs) + MINUTE_MS;
    const [from, to] = [placeOf(fromMs), placeOf(seenMs + windowMs + MINUTE_MS)];
    if (from >= to) continue;
    changes[from]!++;
    changes[to]!--;
  }
  const newErrors = prefixSums(changes);
  const { from: oldest } = await resolveRange(tx, { from: null, to: span.to }, scope);
  return (place) => {
    const windowStart = timestampFromMs(minutes.firstMs + place * MINUTE_MS - windowMs);
    return { ...NO_SUMS, newErrors: newErrors[place + 1]!, hasEarlier: oldest < windowStart };
  };
}

/** Sums over windows that slide by a minute. Call `at` after the last `add`. */
function slidingSums({ windowMinutes }: AlertRule, { firstMs, count }: Minutes) {
  const startMs = firstMs - windowMinutes * MINUTE_MS;
  const byMinute = new Float64Array(count + windowMinutes);
  let prefixes: Float64Array | undefined;
  return {
    add(minute: Timestamp, value: number): void {
      byMinute[(millisOf(minute) - startMs) / MINUTE_MS]! += value;
    },
    at(place: number): number {
      prefixes ??= prefixSums(byMinute);
      return prefixes[place + windowMinutes]! - prefixes[place]!;
    },
  };
}

/** The sum of the first n values, for each n. Whole numbers below 2^53 stay exact. */
function prefixSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (const [i, value] of values.entries()) sums[i + 1] = sums[i]! + value;
  return sums;
}

function firingsOf(minutes: readonly PreviewMinute[], end: Timestamp): TimeSpan[] {
  const firings: TimeSpan[] = [];
  let from: Timestamp | null = null;
  for (const { atMs, isFiring } of minutes) {
    const at = timestampFromMs(atMs);
    if (isFiring) from ??= at;
    else if (from !== null) {
      firings.push({ from, to: at });
      from = null;
    }
  }
  if (from !== null) firings.push({ from, to: end });
  return firings;
}

function countFired(minutes: readonly PreviewMinute[], cooldownMs: number): number {
  let [firing, fired] = [NOT_FIRED, 0];
  for (const { atMs, isFiring } of minutes) {
    const { after, event } = stepOf(firing, isFiring ? 'FIRING' : 'OK', atMs, cooldownMs);
    firing = after;
    if (event === 'FIRED') fired++;
  }
  return fired;
}

/** At most `buckets` minutes: of each stretch, all of them about as long, the one nearest to firing. */
export function nearestValues(rule: AlertRule, minutes: readonly PreviewMinute[], buckets: number): PreviewMinute[] {
  const count = Math.min(buckets, minutes.length);
  const startOf = (stretch: number): number => Math.floor((stretch * minutes.length) / count);
  return Array.from({ length: count }, (_, stretch) =>
    minutes
      .slice(startOf(stretch), startOf(stretch + 1))
      .reduce((best, minute) => (nearness(rule, minute) > nearness(rule, best) ? minute : best)),
  );
}
