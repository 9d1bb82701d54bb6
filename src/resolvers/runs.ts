import { inScope } from '../access/scope.ts';
import type { ChainSummary } from '../db/chains/chains.ts';
import { findRuns } from '../db/runs/find-runs.ts';
import { listRuns, type RunsRequest } from '../db/runs/list-runs.ts';
import { BadUserInput } from '../errors.ts';
import type { RunEvent } from '../live/run-watch.ts';
import { decodeRunCursor, encodeRunCursor } from '../log/cursor.ts';
import { allOf, type Filter, fieldTest, VALUES_MAX } from '../log/filter/filter.ts';
import { storableText } from '../log/json.ts';
import { matchesRun, type Run, type RunFilter, type RunStatus, statusOf } from '../log/run.ts';
import { endOfNow, shift } from '../log/time.ts';
import { ALL_TIME } from '../log/time-span.ts';
import { first, type TimeRange, windowOf } from './arguments.ts';
import type { Context } from './context.ts';

/** A run of a pipeline. It is read only as far as its fields need. */
export interface Pipeline {
  id: string;
  /** Its progress, where that is known already. Otherwise it is loaded. */
  told?: RunEvent;
}

/** Null if no record has the id. A run that tells of its progress is found without a search for its records. */
export async function findPipeline(pipelineId: string, { loaders }: Context): Promise<Pipeline | null> {
  const id = storableText(pipelineId);
  if ((await loaders.run.load(id)) !== null) return { id };
  return (await loaders.pipeline.load(id)) && { id };
}

/** Null where it never told of progress. */
export async function toldBy({ id, told }: Pipeline, { loaders, clock }: Context): Promise<RunEvent | null> {
  if (told) return told;
  const run = await loaders.run.load(id);
  return run && { run, status: statusOf(run, clock.now) };
}

/** The summary of its records. Its last record may be deleted after the run was found: then it has none. */
export async function pipelineExtent(pipeline: Pipeline, context: Context): Promise<ChainSummary> {
  const { id } = pipeline;
  const found = await context.loaders.pipeline.load(id);
  if (found) return found;
  const at = (await toldBy(pipeline, context))?.run.timestamp ?? context.clock.now;
  return { id, startedAt: at, endedAt: at, durationMs: 0, logCount: 0, errorCount: 0, highestLevel: 'TRACE' };
}

export interface PipelineConnection {
  runs: Run[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

interface NamedRuns {
  names?: readonly string[] | null;
  services?: readonly string[] | null;
}

interface PipelinesArguments extends NamedRuns {
  statuses?: readonly RunStatus[] | null;
  time: TimeRange;
  first: number;
  after?: string | null;
}

/** @throws BadUserInput, CursorInvalid */
export async function pipelines(args: PipelinesArguments, context: Context): Promise<PipelineConnection> {
  const after = args.after == null ? null : decodeRunCursor(args.after, 'after');
  const request: RunsRequest = {
    filter: { ...named(args), pipelineIds: null, statuses: args.statuses ?? null },
    now: context.clock.now,
    first: first(args.first),
    after,
    window: await windowOf(args.time, context.clock),
  };
  return { ...(await listRuns(context.sql, request, context.caller.scope)), hasPreviousPage: after !== null };
}

/** @throws BadUserInput */
const named = ({ names, services }: NamedRuns) => ({
  names: texts('names', names),
  services: texts('services', services),
});

function texts(argument: string, values: readonly string[] | null | undefined): string[] | null {
  if (values == null) return null;
  if (values.length <= VALUES_MAX) return values.map(storableText);
  throw new BadUserInput(`${argument}: expected at most ${VALUES_MAX} values, got ${values.length}`);
}

export const pipelineOf = (run: Run, { clock }: Context): Pipeline => ({
  id: run.pipelineId,
  told: { run, status: statusOf(run, clock.now) },
});

export const pipelinePageInfo = ({ runs, hasNextPage, hasPreviousPage }: PipelineConnection) => ({
  hasNextPage,
  hasPreviousPage,
  startCursor: runs.length > 0 ? encodeRunCursor(runs.at(0)!) : null,
  endCursor: runs.length > 0 ? encodeRunCursor(runs.at(-1)!) : null,
});

/** Runs that a subscription tells of at once, at most: the newest. */
export const FIRST_RUNS_MAX = 1000;
/** Runs that have not ended, and last told within this time, are told of at once. */
const RECENT_MS = 86_400_000;
const NOT_ENDED: readonly RunStatus[] = ['RUNNING', 'STALLED'];

/** Records that may tell of a run. `readRun` decides. */
const TELLS: Filter = allOf(fieldTest('pipelineId', { op: 'exists' }), {
  kind: 'attribute',
  paths: [['progress']],
  test: { op: 'exists' },
});

interface WatchArguments extends NamedRuns {
  pipelineIds?: readonly string[] | null;
}

/** Subscriptions with the same operation key share a watch. @throws BadUserInput */
export function watchPipelines(args: WatchArguments, context: Context): AsyncIterable<RunEvent> {
  const { scope } = context.caller;
  const filter: RunFilter = { ...named(args), pipelineIds: texts('pipelineIds', args.pipelineIds), statuses: null };
  const isNamed = filter.pipelineIds !== null || filter.names !== null || filter.services !== null;
  const ofIds = filter.pipelineIds && fieldTest('pipelineId', { op: 'in', values: filter.pipelineIds });
  const records = inScope(ofIds ? allOf(TELLS, ofIds) : TELLS, scope);

  const readFirst = async (): Promise<Run[]> => {
    const now = endOfNow();
    const request: RunsRequest = {
      filter: isNamed ? filter : { ...filter, statuses: NOT_ENDED },
      window: isNamed ? ALL_TIME : { ...ALL_TIME, from: shift(now, -RECENT_MS) },
      ...{ now, first: FIRST_RUNS_MAX, after: null },
    };
    return (await listRuns(context.openShared(), request, scope)).runs;
  };
  return context.runWatches.read(context.operationKey, () => ({
    told: context.hub.subscribe({ filter: records, scoped: scope !== null, after: null, backfill: 0 }),
    readFirst,
    find: (ids) => findRuns(context.openShared(), ids, scope),
    matches: (run) => matchesRun(run, filter, run.timestamp),
    tellsEnded: isNamed,
  }));
}
