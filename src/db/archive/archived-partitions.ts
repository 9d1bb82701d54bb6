import { justAfter } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { ArchiveFile } from '../connection/archive-link.ts';
import type { Fragment, Sql } from '../connection/client.ts';

/** What the database says of a file. */
export interface ListedFile extends ArchiveFile {
  kind: 'logs' | 'llm';
  /** From its first record to its last, both inclusive. */
  from: string;
  to: string;
  rows: number;
}

/** A file that is not listed yet. */
export type NewFile = Omit<ListedFile, 'archivedId' | 'removedThrough'>;

/** The day (UTC) of the start of a time: of a file, that of all of its records. */
export const dayOf = ({ from }: Pick<TimeSpan, 'from'>): string => from.slice(0, 10);

/** All of a day (UTC). The last microsecond of the year 9999 belongs to none. */
export const spanOfDay = (day: string): TimeSpan => ({
  from: `${day}T00:00:00.000000Z`,
  to: justAfter(`${day}T23:59:59.999999Z`),
});

export interface ArchivedPartition extends TimeSpan {
  id: number;
  name: string;
  files: ListedFile[];
  /** Records that were removed and are still in the files. */
  removed: number;
}

/** Its records that are not removed. */
export const rowsOf = ({ files, removed }: ArchivedPartition): number =>
  files.reduce((sum, { kind, rows }) => sum + (kind === 'logs' ? rows : 0), -removed);

/** Changes with every change of what is archived. */
export async function readArchiveVersion(sql: Sql): Promise<number> {
  const [row] = await sql<{ version: number }[]>`
    select (value #>> '{}')::bigint as version from weir_state where name = 'archive_version'`;
  return row?.version ?? 0;
}

/** For the transaction that changes what is archived. Other such transactions wait for its end. */
export const changeArchiveVersion = (tx: Sql) => tx`
  update weir_state set value = to_jsonb((value #>> '{}')::bigint + 1) where name = 'archive_version'`;

/** An archived partition without its files. A later one has a greater id. */
export type ArchivedSpan = Pick<ArchivedPartition, 'id' | 'from' | 'to'>;

/** Oldest first. They may overlap. */
export const readArchivedSpans = (sql: Sql): Promise<ArchivedSpan[]> => sql<ArchivedSpan[]>`
  select id, from_ts as "from", to_ts as "to" from archived_partitions order by from_ts, id`;

/** Oldest first. `sql` is a snapshot: it takes two statements. */
export async function readArchivedPartitions(sql: Sql): Promise<ArchivedPartition[]> {
  const partitions = await sql<Omit<ArchivedPartition, 'files'>[]>`
    select id, name, from_ts as "from", to_ts as "to", coalesce(removed, 0)::bigint as removed
    from archived_partitions left join (
      select archived_id, sum(rows) as removed from archive_removals group by 1
    ) as removals on archived_id = id order by from_ts, id`;
  const files = Map.groupBy(await readArchivedFiles(sql, sql`true`), ({ archivedId }) => archivedId);
  return partitions.map((partition) => ({ ...partition, files: files.get(partition.id) ?? [] }));
}

/** The files that meet a condition, oldest first, as one statement sees them: no snapshot is needed. */
export const readArchivedFiles = (sql: Sql, condition: Fragment): Promise<ListedFile[]> => sql<ListedFile[]>`
  select archived_id as "archivedId", kind, path, from_ts as "from", to_ts as "to", rows, bytes,
    modified_ms as "modifiedMs", sha256, coalesce((
      select max(id) from archive_removals where archive_removals.archived_id = archive_files.archived_id), 0) as "removedThrough"
  from archive_files where ${condition} order by from_ts, path`;
