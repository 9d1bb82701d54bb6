import { now, type Timestamp } from '../../log/time.ts';

/** What has become of archiving on this server since it started. */
export interface ArchivingReport {
  /** In a row, since one succeeded. */
  failures: number;
  /** Of the last failure. Null if archiving has succeeded since. */
  error: string | null;
  failingSince: Timestamp | null;
}

/** Told of each partition that is archived; health reads it. */
export interface Archiving {
  archived(seconds: number): void;
  /** A shutdown is no failure, nor is another server that archives. */
  failed(error: unknown): void;
  report(): ArchivingReport;
}

/** For metrics. */
export type ObserveArchiving = Pick<Archiving, 'archived'> & { failed(): void };

const SUCCEEDED: ArchivingReport = { failures: 0, error: null, failingSince: null };

export function createArchiving(observe: ObserveArchiving): Archiving {
  let report = SUCCEEDED;
  return {
    archived(seconds) {
      observe.archived(seconds);
      report = SUCCEEDED;
    },
    failed(error) {
      observe.failed();
      report = {
        failures: report.failures + 1,
        error: error instanceof Error ? error.message : String(error),
        failingSince: report.failingSince ?? now(),
      };
    },
    report: () => report,
  };
}
