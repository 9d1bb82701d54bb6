import cliProgress from 'cli-progress';
import { createBottomRow } from './bottom-row.ts';
import type { Progress } from './progress.ts';

export interface ProgressBar {
  show(progress: Progress): void;
  /** Leaves the last state behind as a line. */
  close(progress: Progress): void;
}

const FORMAT = '{name} {bar} {percentage}% | {value}/{total} | {failed} failed | {rate}/s | ETA {remaining}';
const FORMAT_WITHOUT_TOTAL = '{name} | {value} | {failed} failed | {rate}/s | {duration_formatted}';
const BAR_COLUMNS = 24;

/** A terminal has one last row. */
let isShown = false;

/** A bar in the last row of the terminal on stderr. Undefined if there is none, or another run of this process has it. */
export function createProgressBar(wanted: boolean | undefined): ProgressBar | undefined {
  const isPossible = process.stderr.isTTY && process.env.TERM !== 'dumb';
  if (isShown || !isPossible || !(wanted ?? !process.env.CI)) return undefined;
  isShown = true;
  const row = createBottomRow(process.stderr);
  return {
    show: (progress) => row.show(barOf(progress, row.columns())),
    close(progress) {
      row.close(`${barOf(progress, row.columns())} ${progress.status}`);
      isShown = false;
    },
  };
}

/** At most one row wide. */
export function barOf(progress: Progress, columns: number): string {
  const { operation, processed, failed, total, rate_per_second, elapsed_seconds, eta_seconds } = progress;
  const options = {
    ...cliProgress.Presets.shades_classic,
    format: total === null ? FORMAT_WITHOUT_TOTAL : FORMAT,
    barsize: BAR_COLUMNS,
    barCompleteString: '#'.repeat(BAR_COLUMNS),
    barIncompleteString: '-'.repeat(BAR_COLUMNS),
    barGlue: '',
    autopaddingChar: '0',
  };
  const params = {
    progress: total ? Math.min(1, processed / total) : 0,
    value: processed,
    total: total ?? 0,
    eta: eta_seconds ?? 0,
    startTime: 0,
    stopTime: 1000 * elapsed_seconds,
    maxWidth: columns,
  };
  const remaining = eta_seconds === null ? '-' : cliProgress.Format.TimeFormat(eta_seconds, options, 5);
  const rate = rate_per_second === null ? '-' : rate_per_second.toFixed(1);
  const payload = { name: operation, failed, rate, remaining };
  return cliProgress.Format.Formatter(options, params as cliProgress.Params, payload).slice(0, columns - 1);
}
