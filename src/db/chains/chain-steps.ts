import type { Filter } from '../../log/filter/filter.ts';
import type { Sql } from '../connection/client.ts';
import { byId, chainRecords, EXTENT, type Extent, type ExtentRow, extentOf, readAllTime } from './chain-records.ts';

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

/** The first `first` steps of each chain, in order. `ids` are correlation ids. */
export async function chainSteps(
  sql: Sql,
  ids: readonly string[],
  first: number,
  scope: Filter | null,
): Promise<Step[][]> {
  const bounds = await readAllTime(sql);
  if (!bounds) return ids.map(() => []);
  const rows = await sql<(ExtentRow & Pick<Step, 'service' | 'component' | 'gapMs'> & { id: string })[]>`
    with ${chainRecords(sql, 'correlationId', ids, bounds, scope)}, marked as (
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
  const steps = byId(rows);
  return ids.map((id) =>
    (steps.get(id) ?? []).map((row) => ({
      ...extentOf(row),
      service: row.service,
      component: row.component,
      gapMs: row.gapMs,
    })),
  );
}

/** The first `first` stages of each chain, in order of first appearance. `ids` are pipeline ids. */
export async function pipelineStages(
  sql: Sql,
  ids: readonly string[],
  first: number,
  scope: Filter | null,
): Promise<Stage[][]> {
  const bounds = await readAllTime(sql);
  if (!bounds) return ids.map(() => []);
  const rows = await sql<(ExtentRow & Pick<Stage, 'component'> & { id: string })[]>`
    with ${chainRecords(sql, 'pipelineId', ids, bounds, scope)}, stages as (
      select id, component, ${sql.unsafe(EXTENT)}, row_number() over (partition by id order by min(place)) as stage
      from chain group by id, component
    )
    select * from stages where stage <= ${first} order by id, stage`;
  const stages = byId(rows);
  return ids.map((id) => (stages.get(id) ?? []).map((row) => ({ ...extentOf(row), component: row.component })));
}
