import { type Arrival, type Draft, isRejection, makeRecord, type NewRecord } from '../log/record.ts';
import type { Rejection } from '../log/rejection.ts';
import { millisOf, type Timestamp } from '../log/time.ts';
import { createRandom, type Random } from './random.ts';
import { createRhythm, type Span } from './rhythm.ts';
import { ERROR_TYPES, type StoryRecord, storyOf } from './stories.ts';
import { createMarker } from './words.ts';

export interface SeedPlan {
  rows: number;
  days: number;
  seed: number;
  /** The time of the last record at the latest. */
  until: Timestamp;
}

const DAY_MS = 86_400_000;
/** The length of a burst of errors. */
const BURST_MS = 10 * 60_000;
/** The share of time that is a burst: two a day. */
const BURST_SHARE = 2 / (DAY_MS / BURST_MS);

/**
 * Generates the records of a plan one by one, about the oldest first (stories overlap). The same plan gives the same records
 * and uids, so that a plan that is stored twice is there once.
 */
export function* seedRecords(plan: SeedPlan, arrival: Arrival): Generator<NewRecord | Rejection> {
  const toMs = millisOf(plan.until);
  const span = { fromMs: toMs - plan.days * DAY_MS, toMs };
  const random = createRandom(plan.seed);
  const mark = createMarker(plan.rows, span);
  const arrivalOfPlan: Arrival = { ...arrival, receivedAt: plan.until };
  let index = 0;
  for (const { atMs, draft } of storyRecords(plan, span, random)) {
    mark(draft, index++, atMs);
    draft.timestamp = timestampAt(atMs);
    draft.uid = uidAt(atMs, random);
    const record = makeRecord(draft, arrivalOfPlan);
    // Writers look for given uids before they store. These are most likely new, and a writer handles the rare conflict.
    if (!isRejection(record)) record.uidGiven = false;
    yield record;
  }
}

/** As many records as the plan has rows: the last story may be cut short. */
function* storyRecords(
  { rows, seed }: SeedPlan,
  span: Span,
  random: Random,
): Generator<{ atMs: number; draft: Draft }> {
  const timeAt = createRhythm(span);
  for (let made = 0; made < rows; ) {
    const beginMs = timeAt(made / rows);
    const story: StoryRecord[] = storyOf(random)(random, failingAt(beginMs, seed));
    for (const { afterMs, draft } of story.slice(0, rows - made)) {
      yield { atMs: Math.min(beginMs + afterMs, span.toMs), draft };
      made++;
    }
  }
}

/** The error type of the burst at this time; null outside of bursts. */
function failingAt(atMs: number, seed: number): string | null {
  const random = createRandom(Math.floor(atMs / BURST_MS) * 31 + seed);
  return random.chance(BURST_SHARE) ? random.pick(ERROR_TYPES) : null;
}

/** The time with microseconds. */
function timestampAt(atMs: number): Timestamp {
  const ms = Math.floor(atMs);
  const micros = Math.floor((atMs - ms) * 1000);
  return `${new Date(ms).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}

/** A UUIDv7 of this millisecond. The rest is random, so uids of one millisecond have no order. */
function uidAt(atMs: number, random: Random): string {
  const time = Math.floor(atMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
}
