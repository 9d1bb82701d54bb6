import type { ItemError } from './errors.ts';
import type { Progress, Status } from './progress.ts';
import { SIGNAL_EXIT_CODES, type StopSignal } from './signals.ts';
import type { Tally } from './tally.ts';

/** How a run ended. */
export interface OperationSummary<Result> {
  operation: string;
  pipelineId: string;
  /** `succeeded`: every item was handled, also where some have failed. */
  status: Exclude<Status, 'running'>;
  /** Whether it went on with what a former session had begun. */
  isResumed: boolean;
  /** Of all sessions of the run together, as are the next ones. */
  processed: number;
  succeeded: number;
  failed: number;
  total: number | null;
  elapsedSeconds: number;
  /** In the order of their ends. The bounds: 64 MiB of results, 1000 failures. */
  results: { key: string; result: Result }[];
  resultsOmitted: number;
  failures: ({ key: string } & ItemError)[];
  failuresOmitted: number;
  /** Why it did not reach its end. */
  reason: string | null;
  /** What failed, if it was not an item: the source of the items, or the checkpoint file. */
  error?: unknown;
  /** 0 succeeded, 1 failed, 124 timed out, 130 cancelled (129 after SIGHUP, 143 after SIGTERM). */
  exitCode: number;
}

/** The server leaves out a summary of more than 16 KiB. */
const FAILED_ITEMS_SHOWN = 20;
const KEY_CHARS_SHOWN = 200;

const EXIT_CODES = { succeeded: 0, failed: 1, cancelled: SIGNAL_EXIT_CODES.SIGINT, timed_out: 124 } as const;

interface EndedRun<Result> {
  pipelineId: string;
  isResumed: boolean;
  progress: Progress;
  tally: Tally<Result>;
  reason: string | null;
  failure: { error?: unknown };
  signal: StopSignal | undefined;
}

export function summaryOf<Result>(run: EndedRun<Result>): OperationSummary<Result> {
  const { pipelineId, isResumed, progress, tally, reason, failure, signal } = run;
  const { processed, failed } = progress;
  const status = progress.status as Exclude<Status, 'running'>;
  return {
    operation: progress.operation,
    pipelineId,
    status,
    isResumed,
    processed,
    succeeded: processed - failed,
    failed,
    total: progress.total,
    elapsedSeconds: progress.elapsed_seconds,
    results: tally.results,
    resultsOmitted: tally.resultsOmitted(),
    failures: tally.failures,
    failuresOmitted: tally.failuresOmitted(),
    reason,
    ...failure,
    exitCode: signal ? SIGNAL_EXIT_CODES[signal] : EXIT_CODES[status],
  };
}

/** What the last record and the progress file say of the end. */
export function shownSummary(
  { processed, failed, elapsed_seconds }: Progress,
  tally: Tally<unknown>,
  reason: string | null,
): Record<string, unknown> {
  const succeeded = processed - failed;
  return {
    succeeded,
    failed,
    success_rate: processed === 0 ? null : Math.floor((10_000 * succeeded) / processed) / 10_000,
    elapsed_seconds,
    results_omitted: tally.resultsOmitted(),
    failed_items: tally.failures.slice(0, FAILED_ITEMS_SHOWN).map(({ key }) => key.slice(0, KEY_CHARS_SHOWN)),
    reason,
  };
}
