import type { Settings } from './options.ts';
import { type Progress, type Status, toProgress } from './progress.ts';
import { createProgressBar } from './progress-bar.ts';
import { formerElapsedMs, progressPath, writeProgressFile } from './progress-file.ts';
import { createProgressRate } from './progress-rate.ts';
import type { ProgressRecords } from './progress-records.ts';
import { shownSummary } from './summary.ts';
import type { Tally } from './tally.ts';

/** Shows how far a run is: in a file, in the log, and on a terminal. */
export interface Reporter {
  end(status: Exclude<Status, 'running'>, reason: string | null, error: unknown): Progress;
}

const REPORT_EVERY_MS = 1000;

interface Reported {
  settings: Settings<never>;
  pipelineId: string;
  total: number | null;
  tally: Tally<unknown>;
  records: ProgressRecords;
  /** Called with every report. */
  onReport: () => void;
}

/** Shows the first state at once, then every second until `end`. */
export function startReporter({ settings, pipelineId, total, tally, records, onReport }: Reported): Reporter {
  const path = progressPath(settings.name, settings.dir);
  const formerMs = formerElapsedMs(path, pipelineId);
  const startedAt = performance.now();
  const rate = createProgressRate();
  const bar = createProgressBar(settings.bar);
  let isFileBroken = false;

  function progressNow(status: Status): Progress {
    const now = performance.now();
    const processed = tally.processed();
    rate.sample(processed, now);
    return toProgress(settings, {
      status,
      processed,
      failed: tally.failed(),
      total: status === 'succeeded' ? processed : total,
      perSecond: rate.perSecond(),
      elapsedMs: formerMs + now - startedAt,
      currentItem: tally.currentItem(),
      nowMs: Date.now(),
    });
  }

  function writeFile(progress: Progress): void {
    try {
      writeProgressFile(path, { pipeline_id: pipelineId, ...progress });
      isFileBroken = false;
    } catch (err) {
      if (!isFileBroken) records.warn({ err }, 'operation progress file not written');
      isFileBroken = true;
    }
  }

  function report(): void {
    const progress = progressNow('running');
    writeFile(progress);
    records.show(progress, performance.now());
    bar?.show(progress);
    onReport();
  }

  report();
  const timer = setInterval(report, REPORT_EVERY_MS);
  return {
    end(status, reason, error) {
      clearInterval(timer);
      const state = progressNow(status);
      const progress = { ...state, summary: shownSummary(state, tally, reason) };
      writeFile(progress);
      records.ended(progress, error);
      bar?.close(progress);
      return progress;
    },
  };
}
