import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { compareRecords } from '../../log/record.ts';
import { matchesRun, type Run, type RunFilter } from '../../log/run.ts';
import { END_OF_TIME, type Timestamp } from '../../log/time.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { RUN } from './run-rows.ts';
import { findRunsInRecords } from './runs-in-records.ts';

export interface RunsRequest {
  filter: RunFilter;
  /** When the runs last told. */
  window: TimeWindow;
  /** Decides which runs are stalled. */
  now: Timestamp;
  first: number;
  /** Only runs that last told before. */
  after: Position | null;
}

interface RunPage {
  runs: Run[];
  hasNextPage: boolean;
}

/** Runs that a scoped request looks for in the records at a time. */
const SLICE_RUNS = 500;

/** The runs that told last, the newest first. With a scope, as the records in the scope tell. */
export async function listRuns(sql: Sql, request: RunsRequest, scope: Filter | null): Promise<RunPage> {
  const runs = scope === null ? await keptRuns(sql, request) : await visibleRuns(sql, request, scope);
  return { runs: runs.slice(0, request.first), hasNextPage: runs.length > request.first };
}

/** Uses `idx_pipeline_runs_ts`. One more run than asked for shows that there is a next page. */
const keptRuns = (sql: Sql, { filter, window, now, first, after }: RunsRequest): Promise<Run[]> => sql<Run[]>`
  select ${sql.unsafe(RUN)} from pipeline_runs
  where ts >= coalesce(${window.from}::timestamptz, '-infinity') and ts < ${window.to}::timestamptz
    ${after ? earlierThan(sql, after) : sql``}
    ${isIn(sql, 'pipeline_id', filter.pipelineIds)} ${isIn(sql, 'name', filter.names)}
    ${isIn(sql, 'service', filter.services)} ${isIn(sql, STATUS(now), filter.statuses)}
  order by ts desc, uid desc limit ${first + 1}`;

/** `statusOf` in SQL. A timestamp in its canonical text contains no quote. */
const STATUS = (now: Timestamp): string =>
  `coalesce(ended, case when stalls_at >= '${now}'::timestamptz then 'RUNNING' else 'STALLED' end)`;

const isIn = (sql: Sql, expression: string, values: readonly string[] | null): Fragment =>
  values === null ? sql`` : sql`and ${sql.unsafe(expression)} = any(${values as string[]}::text[])`;

const earlierThan = (sql: Sql, { timestamp, uid }: Position): Fragment =>
  sql`and ts <= ${timestamp}::timestamptz and (ts, uid) < (${timestamp}::timestamptz, ${uid}::uuid)`;

/**
 * What `keptRuns` would be if only the records in the scope existed. `pipeline_runs` says which runs to look for: no run has a
 * record that is newer than its row, so the search ends when all further rows are older than what was found.
 */
async function visibleRuns(
  sql: Sql,
  { filter, window, now, first, after }: RunsRequest,
  scope: Filter,
): Promise<Run[]> {
  const told = { from: window.from, to: END_OF_TIME };
  const found: Run[] = [];
  for (let edge: Position | null | undefined; edge !== null; ) {
    const rows: (Position & { id: string })[] = await sql<(Position & { id: string })[]>`
      select pipeline_id as id, ts as "timestamp", uid from pipeline_runs
      where ts >= coalesce(${told.from}::timestamptz, '-infinity') ${edge ? earlierThan(sql, edge) : sql``}
        ${isIn(sql, 'pipeline_id', filter.pipelineIds)}
      order by ts desc, uid desc limit ${SLICE_RUNS}`;
    const ids = rows.map(({ id }) => id);
    for (const run of (await findRunsInRecords(sql, ids, scope, told)).values()) {
      const isInPage = run.timestamp < window.to && (after === null || compareRecords(run, after) < 0);
      if (isInPage && matchesRun(run, filter, now)) found.push(run);
    }
    found.sort((a, b) => compareRecords(b, a));
    // No run after these can be on the page.
    found.splice(first + 1);
    const last = rows.length < SLICE_RUNS ? null : rows.at(-1)!;
    edge = last && found.length > first && compareRecords(found[first]!, last) > 0 ? null : last;
  }
  return found;
}
