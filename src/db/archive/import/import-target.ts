import { earlier, later, microsOf, type Timestamp } from '../../../log/time.ts';
import type { TimeSpan } from '../../../log/time-span.ts';
import type { Sql } from '../../connection/client.ts';
import { nameOf, type Partition, readPartitions } from '../../partitions/partitions.ts';
import { SYSTEM_LOGS } from '../../schema/partitioned-table.ts';
import { type ArchivedPartition, dayOf, readArchivedPartitions, spanOfDay } from '../archived-partitions.ts';

/** Where the records of a time go: into one archived partition, one file a kind. */
export interface ImportTarget {
  /** Within one day, and not over a bound of any partition. */
  span: TimeSpan;
  /** Of the archived partition. With the name and the bounds of a live one, both become one when that is archived. */
  partition: Partition;
  /** The archived partition, if it is there. */
  archived: ArchivedPartition | null;
  /** All that may hold the same records. */
  overlapping: readonly ArchivedPartition[];
  /** Partitions of the database at this time. */
  live: readonly Partition[];
}

/** The target of the records from this time on. */
export async function readTarget(sql: Sql, first: Timestamp): Promise<ImportTarget> {
  const archived = await readArchivedPartitions(sql);
  const live = await readPartitions(sql, SYSTEM_LOGS);
  const day = spanOfDay(dayOf({ from: first }));
  const bounds = [...archived, ...live].flatMap(({ from, to }) => [from, to]);
  const to = bounds.filter((bound) => bound > first).reduce(earlier, day.to);
  const from = bounds.filter((bound) => bound <= first).reduce(later, day.from);
  const span = { from, to };
  const overlapping = archived.filter((one) => one.from < to && one.to > from);
  const own = overlapping.toSorted((a, b) => Number(lengthOf(a) - lengthOf(b)))[0] ?? null;
  const liveHere = live.filter((one) => one.from < to && one.to > from);
  const partition = own ?? liveHere[0] ?? { name: nameOf(SYSTEM_LOGS, span), ...span };
  return { span, partition, archived: own, overlapping, live: liveHere };
}

const lengthOf = ({ from, to }: TimeSpan): bigint => microsOf(to) - microsOf(from);
