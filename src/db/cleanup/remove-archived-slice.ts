import { ArchiveUnavailable } from '../../errors.ts';
import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { justAfter, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { changeArchiveVersion, type ListedFile, readArchivedFiles } from '../archive/archived-partitions.ts';
import { archivedRows } from '../archive/archived-rows.ts';
import { readingFiles } from '../archive/reading-files.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { LLM_ROLLUPS, LOG_ROLLUPS } from '../rollups/rollup.ts';
import { subtractRows } from '../rollups/subtract-rows.ts';
import { mendRunsOf } from '../runs/mend-runs.ts';
import { laterThan, SLICE_ROWS } from './delete-slice.ts';

interface Request {
  /** Of the archived partition. */
  id: number;
  bounds: TimeSpan;
  filter: Filter;
}

/** How far a clean-up is in an archived partition: in which of its files, and after which record of it. */
export interface ArchivedPlace {
  file: number;
  after: Position | null;
}

interface ArchivedSlice {
  deleted: number;
  /** Where the next slice starts. Null when nothing is left, or the partition has been replaced. */
  next: ArchivedPlace | null;
}

const KEY = { ts: 'timestamptz', uid: 'uuid' } as const;
/** What the statement that removes a record needs of it. */
const ROW = { ...KEY, level: 'smallint', service: 'text', component: 'text', environment: 'text' } as const;
const SUMMED = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_creation_tokens', 'reasoning_tokens'];
const CALL = {
  ...KEY,
  ...Object.fromEntries(LLM_ROLLUPS.groups.map((column) => [column, 'text'])),
  ...Object.fromEntries([...SUMMED, 'cost_nano_usd'].map((column) => [column, 'bigint'])),
  ...{ counted: 'boolean', has_error: 'boolean' },
};

interface FoundRow {
  ts: Timestamp;
  uid: string;
  pipeline_id: string | null;
}

const ENDED: ArchivedSlice = { deleted: 0, next: null };

/**
 * Removes the next matching records of one file in time order: stores their keys, subtracts them and their calls from the rollups, and
 * deletes the contents of the calls. The caller holds the lock `cleanup`, so no other one removes records meanwhile; the partition
 * may be replaced until its row is locked.
 */
export async function removeArchivedSlice(
  tx: Sql,
  { id, bounds, filter }: Request,
  { file, after }: ArchivedPlace,
): Promise<ArchivedSlice> {
  const files = await readArchivedFiles(tx, tx`archived_id = ${id}`);
  const logs = files.filter((one) => one.kind === 'logs' && one.from < bounds.to)[file];
  if (!logs) return ENDED;
  const found = await untilReplaced(tx, id, async () => {
    const rows = await findRows(tx, [logs, ...callsWithin(files, logs)], { bounds, filter, after });
    return { rows, calls: await findCalls(tx, files, rows) };
  });
  if (!found) return ENDED;
  const { rows, calls } = found;
  const last = rows[SLICE_ROWS - 1];
  const next = last ? { file, after: { timestamp: last.ts, uid: last.uid } } : { file: file + 1, after: null };
  if (rows.length === 0) return { deleted: 0, next };
  const [locked] = await tx`select from archived_partitions where id = ${id} for key share`;
  if (!locked) return ENDED;
  // Before the keys are stored: the archive that this looks into may hold committed removals only.
  await mendRunsOf(tx, rows);
  await storeRemoval(tx, id, rows, calls);
  await changeArchiveVersion(tx);
  return { deleted: rows.length, next };
}

/** Undefined when the partition has been replaced, which also ends the time of its files. */
async function untilReplaced<T>(tx: Sql, id: number, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ArchiveUnavailable)) throw error;
    const [there] = await tx`select from archived_partitions where id = ${id}`;
    if (there) throw error;
    return undefined;
  }
}

/** The files of calls of this time, whose end is inclusive. */
const callsWithin = (files: readonly ListedFile[], { from, to }: TimeSpan): ListedFile[] =>
  files.filter((one) => one.kind === 'llm' && one.from <= to && one.to >= from);

/** `files`: of one file's records, and of their calls, which a filter may test. */
async function findRows(
  tx: Sql,
  files: readonly ListedFile[],
  { bounds, filter, after }: { bounds: TimeSpan; filter: Filter; after: Position | null },
): Promise<FoundRow[]> {
  const duck = readingFiles(tx, files);
  return duck<FoundRow[]>`
    select ${duck.unsafe(Object.keys(ROW).join(', '))}, pipeline_id from system_logs
    where ${within(duck, bounds)} ${after ? laterThan(duck, after) : duck``} and ${filterSql(duck, filter, bounds)}
    order by ts, uid limit ${SLICE_ROWS}`;
}

async function findCalls(tx: Sql, files: readonly ListedFile[], rows: readonly FoundRow[]): Promise<object[]> {
  if (rows.length === 0) return [];
  const [from, last] = [rows[0]!.ts, rows.at(-1)!.ts];
  const calls = callsWithin(files, { from, to: last });
  if (calls.length === 0) return [];
  const duck = readingFiles(tx, calls);
  return duck<object[]>`
    select ${duck.unsafe(Object.keys(CALL).join(', '))} from llm_logs
    where ${within(duck, { from, to: justAfter(last) })} and exists (
      select 1 from (
        select unnest(${rows.map(({ ts }) => ts)}::timestamptz[]) as row_ts, unnest(${rows.map(({ uid }) => uid)}::uuid[]) as row_uid
      ) as found where row_ts = ts and row_uid = uid)`;
}

const storeRemoval = (tx: Sql, id: number, rows: readonly FoundRow[], calls: readonly object[]) => tx`
  with removed_rows as materialized ${archivedRows(tx, rows, ROW)},
  removed_calls as materialized ${archivedRows(tx, calls, CALL)},
  deleted_contents as (
    delete from llm_contents as content using removed_rows
    where content.ts = removed_rows.ts and content.uid = removed_rows.uid
      and content.ts >= ${rows[0]!.ts}::timestamptz and content.ts <= ${rows.at(-1)!.ts}::timestamptz
  ), subtracted_rows as (${subtractRows(tx, LOG_ROLLUPS, 'removed_rows')}
  ), subtracted_calls as (${subtractRows(tx, LLM_ROLLUPS, 'removed_calls')}
  )
  insert into archive_removals (archived_id, times, uids)
  select ${id}::bigint, array_agg(ts order by ts, uid), array_agg(uid order by ts, uid) from removed_rows`;
