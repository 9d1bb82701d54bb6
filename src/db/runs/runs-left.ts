import { compareRecords } from '../../log/record.ts';
import { type Run, readRun } from '../../log/run.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import { readArchivedFiles } from '../archive/archived-partitions.ts';
import { readingFiles } from '../archive/reading-files.ts';
import { archiveOf, withoutArchive } from '../connection/archive-link.ts';
import type { Sql } from '../connection/client.ts';
import { findRunsInRecords, newestArchived } from './runs-in-records.ts';

/** The key of a record. */
export interface Key {
  ts: Timestamp;
  uid: string;
}

/**
 * The runs with these ids as their newest records in the window tell, in the database and in the archive. For a transaction that
 * changes records, so it is no snapshot: what is archived between both reads is read twice, never missed.
 * @param gone records that the transaction is going to remove from the archive
 */
export async function findRunsLeft(
  tx: Sql,
  ids: readonly string[],
  window: TimeWindow,
  gone: readonly Key[],
): Promise<Run[]> {
  const runs = await findRunsInRecords(withoutArchive(tx), ids, null, window);
  if (!archiveOf(tx)?.mayHold) return [...runs.values()];
  for (const run of await findInArchive(tx, ids, window, gone)) {
    const other = runs.get(run.pipelineId);
    if (!other || compareRecords(run, other) > 0) runs.set(run.pipelineId, run);
  }
  return [...runs.values()];
}

async function findInArchive(
  tx: Sql,
  ids: readonly string[],
  { from, to }: TimeWindow,
  gone: readonly Key[],
): Promise<Run[]> {
  const span = { from: from ?? '-infinity', to };
  const files = await readArchivedFiles(
    tx,
    tx`kind = 'logs' and to_ts >= ${span.from}::timestamptz and from_ts < ${to}::timestamptz`,
  );
  if (files.length === 0) return [];
  const duck = readingFiles(tx, files);
  const notGone = duck`and not exists (
    select 1 from (
      select unnest(${gone.map(({ ts }) => ts)}::timestamptz[]) as gone_ts, unnest(${gone.map(({ uid }) => uid)}::uuid[]) as gone_uid
    ) as those where gone_ts = ts and gone_uid = uid)`;
  return (await newestArchived(duck, ids, span, notGone)).map((record) => readRun(record)!);
}
