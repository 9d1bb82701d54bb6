import type { Filter } from '../../log/filter/filter.ts';
import { earlier, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';

export interface CleanupRequest {
  /** Only records with an earlier timestamp. */
  before: Timestamp;
  /** Only records that match. Null: all records. */
  filter: Filter | null;
  dryRun: boolean;
  timeLimitMs: number;
  /** Archived records that would have to be read, and cannot be, stay. Else they are an error. */
  skipsUnreadable?: boolean;
  /** Called in each transaction that removes records, also before the first one, with the number removed up to its end. */
  onRemoval?: (tx: Sql, deleted: number) => Promise<void>;
}

/** `CleanupResult` in the schema says what each field means. */
export interface CleanupResult {
  dryRun: boolean;
  complete: boolean;
  matched: number;
  deleted: number;
  partitionsDropped: string[];
  freedBytes: number;
  tookMs: number;
}

/** Whether all records of a partition go, whatever they are. */
export const isWhole = ({ before, filter }: CleanupRequest, { to }: TimeSpan): boolean =>
  filter === null && to <= before;

export const spanBefore = ({ from, to }: TimeSpan, before: Timestamp): TimeSpan => ({
  from,
  to: earlier(to, before),
});
