import { EVERYTHING } from '../../log/filter/filter.ts';
import { compareText } from '../../log/text-comparison.ts';
import type { Timestamp } from '../../log/time.ts';
import { ALL_TIME, type TimeSpan } from '../../log/time-span.ts';
import { archivedIn, inArchiveSnapshot } from '../archive/archive-in.ts';
import { type ArchivedPartition, rowsOf } from '../archive/archived-partitions.ts';
import { withoutArchive } from '../connection/archive-link.ts';
import type { Sql } from '../connection/client.ts';
import { readPartitionSizes } from '../partitions/partition-sizes.ts';
import { SYSTEM_LOGS } from '../schema/partitioned-table.ts';
import { type ArchiveContents, contentsOf } from './archive-contents.ts';
import { walkColumns } from './walk.ts';

export interface ListedPartition extends TimeSpan {
  name: string;
  /** An archived one has the bytes of its files. */
  state: 'OPEN' | 'SEALED' | 'ARCHIVED';
  rows: number;
  bytes: number;
}

export interface StorageReport {
  /** All partitions of the database together. */
  sizeBytes: number;
  /** With those in the archive, as are `oldest` and `newest`. */
  rows: number;
  oldest: Timestamp | null;
  newest: Timestamp | null;
  /** Oldest first. Beside an archived one, one of the same name may hold late records. */
  partitions: ListedPartition[];
  /** Null where nothing is archived. */
  archive: ArchiveContents | null;
}

export const readStorage = (pool: Sql): Promise<StorageReport> =>
  inArchiveSnapshot(pool, async (sql) => {
    const live = await readPartitionSizes(sql, SYSTEM_LOGS);
    const archived = await archivedIn(sql);
    const archive = archived.length === 0 ? null : await contentsOf(sql, archived);
    const rows = live.reduce((sum, { rows }) => sum + rows, archive?.rows ?? 0);
    const ends = [await readEnd(sql, false), await readEnd(sql, true), archive?.oldest, archive?.newest];
    const times = ends.filter((end) => typeof end === 'string').sort();
    return {
      sizeBytes: live.reduce((sum, { bytes }) => sum + bytes, 0),
      rows,
      oldest: times[0] ?? null,
      newest: times.at(-1) ?? null,
      partitions: [...archived.map(listed), ...live].sort((a, b) => compareText(a.from, b.from)),
      archive,
    };
  });

const listed = (partition: ArchivedPartition): ListedPartition => ({
  ...{ name: partition.name, from: partition.from, to: partition.to, state: 'ARCHIVED' },
  rows: rowsOf(partition),
  bytes: partition.files.reduce((sum, { bytes }) => sum + bytes, 0),
});

/** Of the database. */
async function readEnd(sql: Sql, newestFirst: boolean): Promise<Timestamp | null> {
  const [end] = await walkColumns<{ timestamp: Timestamp }>(withoutArchive(sql), 'ts as "timestamp"', {
    filter: EVERYTHING,
    window: ALL_TIME,
    newestFirst,
    above: null,
    below: null,
    limit: 1,
  });
  return end?.timestamp ?? null;
}
