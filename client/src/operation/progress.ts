export type Status = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'timed_out';

/** How far an operation has come: the JSON of the progress file, and of `progress` in a record. */
export interface Progress {
  operation: string;
  status: Status;
  processed: number;
  /** Of `processed`. */
  failed: number;
  total: number | null;
  /** 0 to 100. Null without a total. */
  percentage: number | null;
  rate_per_second: number | null;
  /** Of all sessions of the run together. */
  elapsed_seconds: number;
  /** Null without a total or a rate, and at the end. */
  eta_seconds: number | null;
  /** The key of the item that has been in progress longest. */
  current_item: string | null;
  stage: string | null;
  timestamp: string;
  /** A reader may call the run stalled when nothing newer has come for so long. */
  expect_within_seconds: number;
  /** At the end. */
  summary?: Record<string, unknown>;
}

export interface ProgressFigures {
  status: Status;
  processed: number;
  failed: number;
  total: number | null;
  perSecond: number | null;
  elapsedMs: number;
  currentItem: string | null;
  nowMs: number;
}

export function toProgress(
  { name, stage, expectWithinSeconds }: { name: string; stage: string | null; expectWithinSeconds: number },
  { status, processed, failed, total, perSecond, elapsedMs, currentItem, nowMs }: ProgressFigures,
): Progress {
  const left = total === null ? null : Math.max(0, total - processed);
  const isRunning = status === 'running';
  return {
    operation: name,
    status,
    processed,
    failed,
    total,
    percentage: total === null ? null : percentageOf(processed, total),
    rate_per_second: perSecond === null ? null : rounded(perSecond, 3),
    elapsed_seconds: rounded(elapsedMs / 1000, 3),
    eta_seconds: isRunning && left !== null && perSecond ? Math.round(left / perSecond) : null,
    current_item: isRunning ? currentItem : null,
    stage,
    timestamp: new Date(nowMs).toISOString(),
    expect_within_seconds: expectWithinSeconds,
  };
}

/** Rounded down: 100 says that all is done. */
function percentageOf(processed: number, total: number): number {
  if (processed >= total) return 100;
  return Math.floor((10_000 * processed) / total) / 100;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
