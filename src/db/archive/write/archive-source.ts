import type { TimeSpan } from '../../../log/time-span.ts';
import type { Sql } from '../../connection/client.ts';
import { hasGaps } from '../../rollups/rollup-gaps.ts';
import { type ArchivedPartition, readArchivedPartitions } from '../archived-partitions.ts';

/** What the files of a partition are made of. At least one of both is there. */
export interface ArchiveSource {
  name: string;
  /** The partition in the database, if there is one that can be archived now. */
  live: TimeSpan | null;
  /** The archived partition of that name and these bounds, if there is one. */
  archived: ArchivedPartition | null;
  removals: Removals;
}

/** What was removed of an archived partition. */
export interface Removals {
  /** The last step of a clean-up; 0 if there is none. */
  through: number;
  rows: number;
  days: string[];
}

/** Why a partition cannot be archived now. */
export interface NotNow {
  reason: string;
}

export const isNotNow = (found: object): found is NotNow => 'reason' in found;

export async function readSource(sql: Sql, name: string): Promise<ArchiveSource | NotNow> {
  const live = await readLive(sql, name);
  const namesakes = (await readArchivedPartitions(sql)).filter((one) => one.name === name);
  const archived = namesakes.find((one) => (live ? hasBounds(one, live) : one.removed > 0)) ?? null;
  if (!live && !archived) return { reason: 'it is gone' };
  const why = live && (await whyNotNow(sql, live));
  // Late records may keep a partition open for ever: they stay, and the files are written without removed records all the same.
  if (why && !archived?.removed) return { reason: why };
  return { name, live: why ? null : live, archived, removals: await readRemovals(sql, archived?.id ?? 0) };
}

/** A server that knows of no archive makes partitions with other bounds. Such a partition is archived beside the others. */
const hasBounds = (one: TimeSpan, other: TimeSpan): boolean => one.from === other.from && one.to === other.to;

export interface LivePartition extends TimeSpan {
  state: 'OPEN' | 'SEALED';
}

/** Null when the partition is gone. */
export async function readLive(sql: Sql, name: string): Promise<LivePartition | null> {
  const [row] = await sql<LivePartition[]>`
    select from_ts as "from", to_ts as "to", state from log_partitions where name = ${name}`;
  return row ?? null;
}

/** Null if nothing keeps the partition in the database. */
export async function whyNotNow(sql: Sql, live: LivePartition): Promise<string | null> {
  if (live.state !== 'SEALED') return 'it is not sealed';
  // Filled in the background, soon. Later it would take a read of the files too.
  if (await hasGaps(sql, live)) return 'its records are not all counted in the rollups yet';
  return null;
}

async function readRemovals(sql: Sql, archivedId: number): Promise<Removals> {
  const [row] = await sql<Removals[]>`
    select coalesce(max(id), 0) as through, count(distinct (ts, uid)) as rows,
      coalesce(array_agg(distinct to_char(ts at time zone 'UTC', 'YYYY-MM-DD')) filter (where ts is not null), '{}') as days
    from archive_removals left join lateral unnest(times, uids) as removed (ts, uid) on true
    where archived_id = ${archivedId}`;
  return row!;
}
