import type { Position } from './cursor.ts';
import { isJsonObject, type JsonObject, storableText } from './json.ts';
import type { LogRecord } from './record.ts';
import { millisOf, shift, type Timestamp } from './time.ts';

// A run is a pipeline that tells of its progress: in records that have a pipeline id and an object `progress` in their
// attributes (docs/progress.md). The newest of them by (timestamp, uid) says how far the run is.

/** What a run says at its end. */
const ENDS = {
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
  timed_out: 'TIMED_OUT',
} as const;
type RunEnd = (typeof ENDS)[keyof typeof ENDS];
const END_OF_WORD: ReadonlyMap<unknown, RunEnd> = new Map(Object.entries(ENDS));

export type RunStatus = 'RUNNING' | 'STALLED' | RunEnd;

/** How far a run is, as it last told. */
export interface Progress {
  processed: number;
  failed: number;
  total: number | null;
  /** 0 to 100. Null without a total. */
  percentage: number | null;
  ratePerSecond: number | null;
  elapsedMs: number;
  /** Null without a total or a rate, and at the end. */
  etaMs: number | null;
  currentItem: string | null;
  stage: string | null;
}

/** A run by its newest record of progress, whose position it has. */
export interface Run extends Position {
  pipelineId: string;
  /** The operation. */
  name: string | null;
  service: string;
  host: string | null;
  /** Null: not ended. */
  end: RunEnd | null;
  /** A run that has not ended is stalled after this instant, by the server's clock. */
  stallsAt: Timestamp;
  progress: Progress;
  /** Null before the end. */
  summary: JsonObject | null;
}

/** The fields of a record that a run is read from. */
export type RunRecord = Pick<
  LogRecord,
  'timestamp' | 'uid' | 'receivedAt' | 'pipelineId' | 'service' | 'host' | 'attributes'
>;

const EXPECT_WITHIN_SECONDS = { default: 60, min: 1, max: 86_400 };
/** Longer texts are cut. */
export const RUN_TEXT_LENGTH_MAX = 1000;
/** The characters of a summary as JSON. A longer one is not part of the run; its record has it. */
export const SUMMARY_LENGTH_MAX = 16_384;
/** 317 years. Longer times are ignored. */
const SECONDS_MAX = 1e10;

/**
 * Reads what a record says about its run. Null if it says nothing. Any sender may write `progress`, so a value that is not of
 * its type or range counts as absent, each for itself.
 */
export function readRun(record: RunRecord): Run | null {
  const { pipelineId, attributes, timestamp, uid, receivedAt, service, host } = record;
  const sent = pipelineId === null ? null : attributes.progress;
  if (pipelineId === null || !isJsonObject(sent)) return null;
  const end = END_OF_WORD.get(typeof sent.status === 'string' ? sent.status.toLowerCase() : null) ?? null;
  const { default: seconds, min, max } = EXPECT_WITHIN_SECONDS;
  return {
    ...{ pipelineId, timestamp, uid, service, host, end },
    name: textOf(sent.operation),
    stallsAt: shift(receivedAt, (numberOf(sent.expect_within_seconds, min, max) ?? seconds) * 1000),
    progress: progressOf(sent, end !== null),
    summary: end === null ? null : summaryOf(sent.summary),
  };
}

function progressOf(sent: Record<string, unknown>, ended: boolean): Progress {
  const processed = countOf(sent.processed) ?? 0;
  const total = countOf(sent.total);
  const ratePerSecond = numberOf(sent.rate_per_second, 0, Number.MAX_VALUE);
  return {
    processed,
    failed: countOf(sent.failed) ?? 0,
    total,
    percentage: total === null ? null : (numberOf(sent.percentage, 0, 100) ?? percentageOf(processed, total)),
    ratePerSecond,
    elapsedMs: millisOfSeconds(sent.elapsed_seconds) ?? 0,
    etaMs: ended ? null : etaOf(sent, processed, total, ratePerSecond),
    currentItem: textOf(sent.current_item),
    stage: textOf(sent.stage),
  };
}

function etaOf(
  sent: Record<string, unknown>,
  processed: number,
  total: number | null,
  rate: number | null,
): number | null {
  if (total === null || rate === null) return null;
  return millisOfSeconds(sent.eta_seconds) ?? millisOfSeconds(Math.max(0, total - processed) / rate);
}

const percentageOf = (processed: number, total: number): number =>
  total === 0 ? 100 : Math.min(100, Math.round((processed / total) * 10_000) / 100);

const numberOf = (value: unknown, min: number, max: number): number | null =>
  typeof value === 'number' && value >= min && value <= max ? value : null;

const countOf = (value: unknown): number | null =>
  Number.isSafeInteger(value) ? numberOf(value, 0, Number.MAX_SAFE_INTEGER) : null;

/** Whole microseconds. */
function millisOfSeconds(value: unknown): number | null {
  const seconds = numberOf(value, 0, SECONDS_MAX);
  return seconds === null ? null : Math.round(seconds * 1_000_000) / 1000;
}

/** Items may have numbers as names. */
function textOf(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' ? storableText(text.slice(0, RUN_TEXT_LENGTH_MAX)) : null;
}

const summaryOf = (value: unknown): JsonObject | null =>
  isJsonObject(value) && JSON.stringify(value).length <= SUMMARY_LENGTH_MAX ? (value as JsonObject) : null;

export const statusOf = ({ end, stallsAt }: Run, now: Timestamp): RunStatus =>
  end ?? (now <= stallsAt ? 'RUNNING' : 'STALLED');

/** The status at a time in milliseconds since 1970. */
export const statusAtMs = ({ end, stallsAt }: Run, ms: number): RunStatus =>
  end ?? (ms <= millisOf(stallsAt) ? 'RUNNING' : 'STALLED');

/** Which runs. Null: all. */
export interface RunFilter {
  pipelineIds: readonly string[] | null;
  names: readonly string[] | null;
  services: readonly string[] | null;
  statuses: readonly RunStatus[] | null;
}

const isIn = (list: readonly string[] | null, value: string | null): boolean =>
  list === null || (value !== null && list.includes(value));

export const matchesRun = (run: Run, filter: RunFilter, now: Timestamp): boolean =>
  isIn(filter.pipelineIds, run.pipelineId) &&
  isIn(filter.names, run.name) &&
  isIn(filter.services, run.service) &&
  isIn(filter.statuses, statusOf(run, now));
