import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { inArchiveSnapshot, mayBeArchived } from '../archive/archive-in.ts';
import type { Sql } from '../connection/client.ts';
import { archivedMembers, chainRecords, readAllTime, readOfChains } from './chain-records.ts';
import { EXTENT, type Extent, type ExtentRow, extentOf } from './extent.ts';
import { byId, mergeStages } from './merge-chains.ts';

/** Stages of archived pipelines that are read, so that those of both stores can be merged. */
const STAGES_MAX = 10_000;

/** Consecutive records of a chain from one service and component. */
export interface Step extends Extent {
  service: string;
  component: string | null;
  /** Time since the end of the step before; 0 for the first step. */
  gapMs: number;
}

/** All records of a pipeline from one component. */
export interface Stage extends Extent {
  component: string | null;
}

type StepRow = ExtentRow & Pick<Step, 'service' | 'component' | 'gapMs'> & { id: string };

/** The first `first` steps of each chain, in order. `ids` are correlation ids. */
export async function chainSteps(
  sql: Sql,
  ids: readonly string[],
  first: number,
  scope: Filter | null,
): Promise<Step[][]> {
  const steps = byId(await inArchiveSnapshot(sql, (tx) => readSteps(tx, ids, first, scope)));
  return ids.map((id) =>
    (steps.get(id) ?? []).map((row) => ({
      ...extentOf(row),
      service: row.service,
      component: row.component,
      gapMs: row.gapMs,
    })),
  );
}

/** Records of both stores may take turns in a step, so PostgreSQL gets the archived ones. */
async function readSteps(sql: Sql, ids: readonly string[], first: number, scope: Filter | null): Promise<StepRow[]> {
  const bounds = await readAllTime(sql);
  if (!bounds) return [];
  const { others } = await archivedMembers(sql, 'correlationId', ids, bounds, scope);
  return sql<StepRow[]>`
    with ${chainRecords(sql, 'correlationId', ids, bounds, scope, others)}, marked as (
      select *, row(service, component) is distinct from
        row(lag(service) over (partition by id order by place), lag(component) over (partition by id order by place)) as starts_step
      from chain
    ), numbered as (
      select *, count(*) filter (where starts_step) over (partition by id order by place) as step from marked
    ), steps as (
      select id, step, service, component, ${sql.unsafe(EXTENT)} from numbered
      group by id, step, service, component
    )
    select *, coalesce(
      extract(epoch from "startedAt" - lag("endedAt") over (partition by id order by step)) * 1000, 0)::double precision as "gapMs"
    from steps where step <= ${first} order by id, step`;
}

/** The first `first` stages of each chain, in order of first appearance. `ids` are pipeline ids. */
export async function pipelineStages(
  sql: Sql,
  ids: readonly string[],
  first: number,
  scope: Filter | null,
): Promise<Stage[][]> {
  const stagesMax = mayBeArchived(sql) ? STAGES_MAX : first;
  const rows = await readOfChains(
    sql,
    (store, bounds) => store<(ExtentRow & Position & Pick<Stage, 'component'> & { id: string })[]>`
      with ${chainRecords(store, 'pipelineId', ids, bounds, scope)}, stages as (
        select id, component, ${store.unsafe(EXTENT)}, min(place) as place from chain group by id, component
      ), numbered as (
        select *, row_number() over (partition by id order by place) as stage from stages
      )
      select numbered.id, numbered.component, "startedAt", "endedAt", "logCount", "errorCount", highest, ts as "timestamp", uid
      from numbered join chain on chain.id = numbered.id and chain.place = numbered.place where stage <= ${stagesMax}`,
  );
  const stages = byId(rows);
  return ids.map((id) =>
    mergeStages(stages.get(id) ?? [])
      .slice(0, first)
      .map((row) => ({ ...extentOf(row), component: row.component })),
  );
}
