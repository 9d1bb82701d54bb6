import { hostname } from 'node:os';
import { type Timestamp, now as timestampOfNow } from '../../log/time.ts';
import { credentialsFor } from '../client/credentials.ts';
import { ratePerSecond } from '../terminal/progress.ts';
import { number } from '../terminal/quantity.ts';
import type { Summary } from './import-log.ts';

interface ImportRunOptions {
  /** Where records are sent to. */
  url: URL;
  /** The pipeline id. An import that is continued has the same one. */
  id: string;
  name: string;
  /** Null for a pipe. */
  bytesTotal: number | null;
  now?: () => number;
}

/** An import as a run that other people can follow: see docs/progress.md. */
interface ImportRun {
  /** Call it after each request that was stored. */
  update(summary: Summary, bytesRead: number): void;
  /** Resolves when the end is told, or could not be told in time. Tells it once. */
  end(status: 'succeeded' | 'failed' | 'cancelled', summary: Summary | null): Promise<void>;
}

/** An import of fewer records, or one that is quick, tells nothing: it would be over before anyone could look. */
export const TELLING_RECORDS_MIN = 4_000;
const TELL_AFTER_MS = 1000;
const TELL_EVERY_MS = 1000;
const REQUEST_TIMEOUT_MS = 2000;
/** A pipe may send nothing for long, and is no stalled run. */
const PIPE_EXPECT_WITHIN_SECONDS = 3600;

/**
 * Tells the server of the progress of an import. What cannot be told is left out: the import itself goes on. At most one request
 * is under way.
 */
export function createImportRun({
  url,
  id,
  name,
  bytesTotal,
  now = () => performance.now(),
}: ImportRunOptions): ImportRun {
  const startedAt = now();
  let toldAt = Number.NEGATIVE_INFINITY;
  let last: { summary: Summary; bytesRead: number } | null = null;
  let underWay: Promise<void> | null = null;
  let ended = false;

  async function tell(record: object): Promise<void> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', ...credentialsFor(url.href) },
        body: JSON.stringify(record),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      await response.arrayBuffer();
    } catch {
      // The next record says more.
    }
  }

  function recordOf(status: string, summary: Summary, bytesRead: number): object {
    const elapsedMs = now() - startedAt;
    const processed = processedOf(summary);
    const isEnd = status !== 'running';
    return {
      ...{ timestamp: timestampOfNow() satisfies Timestamp, service: 'weir', component: 'import', host: hostname() },
      ...{ pipeline_id: id, level: status === 'failed' ? 'error' : 'info' },
      message: `import of ${name}: ${status}, ${number(processed)} records`,
      progress: {
        ...{ operation: 'import', status, processed, failed: summary.rejected, current_item: name },
        total: isEnd ? processed : totalOf(processed, bytesRead, bytesTotal),
        rate_per_second: ratePerSecond(processed, elapsedMs),
        elapsed_seconds: elapsedMs / 1000,
        ...(bytesTotal === null && { expect_within_seconds: PIPE_EXPECT_WITHIN_SECONDS }),
        ...(isEnd && {
          summary: {
            ...{ records: summary.records, duplicates: summary.duplicates, rejected: summary.rejected },
            ...{ left_out: summary.leftOut, bytes_read: bytesRead },
          },
        }),
      },
    };
  }

  return {
    update(summary, bytesRead) {
      last = { summary, bytesRead };
      const at = now();
      const isDue = at - startedAt >= TELL_AFTER_MS && at - toldAt >= TELL_EVERY_MS;
      if (!isDue || underWay || processedOf(summary) < TELLING_RECORDS_MIN) return;
      toldAt = at;
      underWay = tell(recordOf('running', summary, bytesRead)).finally(() => {
        underWay = null;
      });
    },
    async end(status, summary) {
      if (last === null || toldAt === Number.NEGATIVE_INFINITY || ended) return;
      ended = true;
      await underWay;
      await tell(recordOf(status, summary ?? last.summary, last.bytesRead));
    },
  };
}

const processedOf = ({ records, duplicates, rejected }: Summary): number => records + duplicates + rejected;

/** Estimated from how much of the file is read. */
const totalOf = (processed: number, bytesRead: number, bytesTotal: number | null): number | null =>
  bytesTotal === null || bytesRead === 0
    ? null
    : Math.max(processed, Math.round((processed * bytesTotal) / Math.min(bytesRead, bytesTotal)));
