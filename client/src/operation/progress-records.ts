import type { RecordLog } from '../record-log.ts';
import type { Progress } from './progress.ts';

/** What an operation writes to the log. No method throws, whatever the log does. */
export interface ProgressRecords {
  /** Tells the log what has changed, and after a third of `expect_within_seconds` that nothing has. */
  show(progress: Progress, nowMs: number): void;
  itemFailed(key: string, error: unknown, durationMs: number): void;
  warn(fields: object, message: string): void;
  ended(progress: Progress, error: unknown): void;
}

export function createProgressRecords(log: RecordLog | undefined, operation: string, pipelineId: string) {
  let last: { processed: number; currentItem: string | null; at: number } | undefined;

  function write(level: 'info' | 'warn' | 'error', fields: object, message: string): void {
    try {
      log?.[level]({ pipeline_id: pipelineId, operation, ...fields }, message);
    } catch {
      // The operation is worth more than its log.
    }
  }

  return {
    show(progress, nowMs) {
      const { processed, current_item: currentItem, expect_within_seconds: within } = progress;
      const isSame = last && last.processed === processed && last.currentItem === currentItem;
      if (isSame && nowMs - last!.at < (1000 * within) / 3) return;
      last = { processed, currentItem, at: nowMs };
      write('info', { progress }, 'operation progress');
    },
    itemFailed(item, err, durationMs) {
      write('error', { item, err, duration_ms: durationMs }, 'operation item failed');
    },
    warn: (fields, message) => write('warn', fields, message),
    ended(progress, err) {
      const level = progress.status === 'succeeded' ? 'info' : progress.status === 'failed' ? 'error' : 'warn';
      const fields = err === undefined ? { progress } : { progress, err };
      write(level, fields, `operation ${progress.status.replace('_', ' ')}`);
    },
  } satisfies ProgressRecords;
}
