import { type Arrival, type Draft, isRejection, makeRecord, type NewRecord } from '../log/record.ts';
import type { Rejection } from '../log/rejection.ts';
import { millisOf, type Timestamp } from '../log/time.ts';
import { createRandom, type Random } from './random.ts';
import { createRhythm, type Span } from './rhythm.ts';
import { ERROR_TYPES, storyOf, type Told } from './stories.ts';
import { createMarker } from './words.ts';

export interface SeedPlan {
  rows: number;
  days: number;
  seed: number;
  /** No record is later. */
  until: Timestamp;
}

const DAY_MS = 86_400_000;
/** A burst of errors lasts for so long, and begins about twice a day. */
const BURST_MS = 10 * 60_000;
const BURSTS = 2 / (DAY_MS / BURST_MS);

/**
 * The records of a plan, about the oldest first (stories overlap), made as they are asked for: the same plan makes the same records, uids
 * included, so that a plan stored twice is there once.
 */
export function* seedRecords(plan: SeedPlan, arrival: Arrival): Generator<NewRecord | Rejection> {
  const toMs = millisOf(plan.until);
  const span = { fromMs: toMs - plan.days * DAY_MS, toMs };
  const random = createRandom(plan.seed);
  const mark = createMarker(plan.rows, span);
  const born: Arrival = { ...arrival, receivedAt: plan.until };
  let index = 0;
  for (const { atMs, draft } of tellings(plan, span, random)) {
    mark(draft, index++, atMs);
    draft.timestamp = timestampAt(atMs);
    draft.uid = uidAt(atMs, random);
    const record = makeRecord(draft, born);
    // No sender's: it is most likely not there, and a writer that finds it there goes on by itself.
    if (!isRejection(record)) record.uidGiven = false;
    yield record;
  }
}

/** As many as the plan has rows: the last story may stay untold at its end. */
function* tellings({ rows, seed }: SeedPlan, span: Span, random: Random): Generator<{ atMs: number; draft: Draft }> {
  const timeAt = createRhythm(span);
  for (let told = 0; told < rows; ) {
    const beginMs = timeAt(told / rows);
    const story: Told[] = storyOf(random)(random, failingAt(beginMs, seed));
    for (const { afterMs, draft } of story.slice(0, rows - told)) {
      yield { atMs: Math.min(beginMs + afterMs, span.toMs), draft };
      told++;
    }
  }
}

/** The error of the burst that an instant lies in; null outside of bursts. */
function failingAt(atMs: number, seed: number): string | null {
  const random = createRandom(Math.floor(atMs / BURST_MS) * 31 + seed);
  return random.chance(BURSTS) ? random.pick(ERROR_TYPES) : null;
}

/** To the microsecond. */
function timestampAt(atMs: number): Timestamp {
  const ms = Math.floor(atMs);
  const micros = Math.floor((atMs - ms) * 1000);
  return `${new Date(ms).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}

/** A UUIDv7 of that millisecond; what follows is random and so in no order. */
function uidAt(atMs: number, random: Random): string {
  const time = Math.floor(atMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
}
