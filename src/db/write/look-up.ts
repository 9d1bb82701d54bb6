import type { Client } from 'pg';
import type { NewRecord } from '../../log/record.ts';
import { spanOf } from '../../log/time-span.ts';
import type { ArchivedSpan } from '../archive/archived-partitions.ts';

/** What the archive said of a batch before it is stored. */
export interface LookUp {
  /** `keyOf` the records that are archived: they are stored already. */
  readonly found: ReadonlySet<string>;
  /** What was archived then; null if there was no archive. */
  readonly spans: readonly ArchivedSpan[] | null;
}

export const NOTHING_ARCHIVED: LookUp = { found: new Set(), spans: null };

/** More was archived between the look-up and the insert. The transaction is rolled back: look up again. */
export class ArchivedMeanwhile extends Error {}

/**
 * For the transaction that has inserted these records after a look-up. Its insert locks their partitions, so that none of them is
 * archived any more before it ends. `records` is not empty.
 * @throws ArchivedMeanwhile
 */
export async function checkArchive(client: Client, records: readonly NewRecord[], { spans }: LookUp): Promise<void> {
  if (spans === null) return;
  const { from, to } = spanOf(records.map(({ timestamp }) => timestamp));
  const { rows } = await client.query<{ newest: string }>(
    'select coalesce(max(id), 0) as newest from archived_partitions where from_ts < $2 and to_ts > $1',
    [from, to],
  );
  const known = spans.filter((one) => one.from < to && one.to > from).reduce((max, { id }) => Math.max(max, id), 0);
  if (Number(rows[0]!.newest) > known) throw new ArchivedMeanwhile('the partition of a record was archived meanwhile');
}
