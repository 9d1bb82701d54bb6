import type { Timestamp } from '../../log/time.ts';

/** What the times of records show. */
export interface TimeCounts {
  records: number;
  /** Records with a time of their sender's. */
  own: number;
  /** Records with a time of their sender's that is finer than a second. */
  finer: number;
}

export const noTimes = (): TimeCounts => ({ records: 0, own: 0, finer: 0 });

/** Counts one record. `times`: all that its sender said of its time. */
export function countTime(counts: TimeCounts, ...times: (Timestamp | null | undefined)[]): void {
  counts.records++;
  if (times.some(Boolean)) counts.own++;
  if (times.some(isFiner)) counts.finer++;
}

/** The value counts, not its form: `20:06:40.000` may come from a clock that has only seconds. */
const isFiner = (time: Timestamp | null | undefined): boolean => Boolean(time) && !time!.endsWith('.000000Z');

/** Of ten records with a clock of milliseconds, two on a whole second are one case in 20,000. */
const WHOLE_SECONDS_MAX = 1 / 10;

/**
 * Whether a body with these records, if it comes again byte by byte, can only be a repeat: every record has a time of the
 * sender's own, finer than a second. Two sendings of such records differ, because their times do. Records of whole seconds can be
 * the same twice: a program may log the same line three times in a second, each in a request of its own.
 *
 * A fine clock shows a whole second too, one time in a thousand for milliseconds. So one record in ten may have one, beside finer
 * ones. A body with a finer record among them is still not sent twice by chance.
 */
export const canOnlyBeRepeat = ({ records, own, finer }: TimeCounts): boolean =>
  records > 0 && own === records && records - finer <= Math.floor(records * WHOLE_SECONDS_MAX);

export function addTimes(total: TimeCounts, { records, own, finer }: TimeCounts): void {
  total.records += records;
  total.own += own;
  total.finer += finer;
}
