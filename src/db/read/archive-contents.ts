import { ArchiveUnavailable } from '../../errors.ts';
import { earlier, later, type Timestamp } from '../../log/time.ts';
import { archiveIn } from '../archive/archive-in.ts';
import { type ArchivedPartition, type ListedFile, rowsOf } from '../archive/archived-partitions.ts';
import type { Sql } from '../connection/client.ts';

/** What the archive holds, without the records that clean-ups have removed. */
export interface ArchiveContents {
  /** Those of the calls too. */
  files: number;
  rows: number;
  /** Of the files. */
  bytes: number;
  oldest: Timestamp | null;
  newest: Timestamp | null;
}

/** `partitions`: oldest first, as this snapshot sees them. */
export async function contentsOf(sql: Sql, partitions: readonly ArchivedPartition[]): Promise<ArchiveContents> {
  const files = partitions.flatMap((partition) => partition.files);
  return {
    files: files.length,
    rows: partitions.reduce((sum, partition) => sum + rowsOf(partition), 0),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    oldest: await readEnd(sql, partitions, 'oldest'),
    newest: await readEnd(sql, partitions.toReversed(), 'newest'),
  };
}

const isLogs = ({ kind }: ListedFile): boolean => kind === 'logs';

type End = 'oldest' | 'newest';

async function readEnd(sql: Sql, partitions: readonly ArchivedPartition[], end: End): Promise<Timestamp | null> {
  const first = partitions.find((partition) => rowsOf(partition) > 0);
  if (!first) return null;
  return (first.removed > 0 ? await askEnd(sql, first, end) : null) ?? endOfFiles(first, end);
}

function endOfFiles({ files }: ArchivedPartition, end: End): Timestamp {
  const logs = files.filter(isLogs);
  return end === 'oldest' ? logs.map(({ from }) => from).reduce(earlier) : logs.map(({ to }) => to).reduce(later);
}

/** The record at the end of a file may be a removed one. Null where the file cannot be read: the end of the file is close to it. */
async function askEnd(sql: Sql, { from, to }: ArchivedPartition, end: End): Promise<Timestamp | null> {
  try {
    const duck = (await archiveIn(sql, { from, to }))!;
    const [row] = await duck<{ ts: Timestamp }[]>`
      select ${duck.unsafe(end === 'oldest' ? 'min' : 'max')}(ts) as ts from system_logs`;
    return row?.ts ?? null;
  } catch (error) {
    if (error instanceof ArchiveUnavailable) return null;
    throw error;
  }
}
