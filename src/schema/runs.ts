import { encodeRunCursor } from '../log/cursor.ts';
import type { Run } from '../log/run.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import {
  FIRST_RUNS_MAX,
  type PipelineConnection as Page,
  pipelineOf,
  pipelinePageInfo,
  pipelines,
  watchPipelines,
} from '../resolvers/runs.ts';
import { builder, costs } from './builder.ts';
import { PageInfo } from './connection.ts';
import { RunStatus } from './progress.ts';
import { Pipeline } from './references.ts';
import { LAST_DAY, TimeRangeInput } from './time.ts';

const PipelineEdge = builder.objectRef<Run>('PipelineEdge');
PipelineEdge.implement({
  description: 'A run on a page, with its cursor.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The position of the run, for `after`. It is the position of the record by which it last told.',
      resolve: encodeRunCursor,
    }),
    node: t.field({
      type: Pipeline,
      description: 'The run.',
      resolve: (run, _, context) => pipelineOf(run, context),
    }),
  }),
});

const PipelineConnection = builder.objectRef<Page>('PipelineConnection');
PipelineConnection.implement({
  description:
    'A page of runs (Relay). A run that tells while you read pages may move before the cursor and be missed.',
  fields: (t) => ({
    edges: t.field({
      ...costs({ size: 'page' }),
      type: [PipelineEdge],
      description: 'The runs of the page, each with its cursor.',
      resolve: ({ runs }) => runs,
    }),
    nodes: t.field({
      ...costs({ size: 'page' }),
      type: [Pipeline],
      description: 'The runs of the page.',
      resolve: ({ runs }, _, context) => runs.map((run) => pipelineOf(run, context)),
    }),
    pageInfo: t.field({ type: PageInfo, description: 'The position of this page.', resolve: pipelinePageInfo }),
  }),
});

const NAMES = 'Only runs with one of these names. If omitted, all.';
const SERVICES = 'Only runs whose progress one of these services told last. If omitted, all.';

builder.queryField('pipelines', (t) =>
  t.field({
    ...costs({ statements: 2, page: ({ first }) => first }),
    type: PipelineConnection,
    nullable: true,
    description:
      'Runs that told of progress, ordered by when they last told, newest first. A run must match all arguments.',
    args: {
      statuses: t.arg({ type: [RunStatus], description: 'Only runs with one of these statuses. If omitted, all.' }),
      names: t.arg.stringList({ description: NAMES }),
      services: t.arg.stringList({ description: SERVICES }),
      time: t.arg({
        type: TimeRangeInput,
        required: true,
        defaultValue: LAST_DAY,
        description: 'The time range in which the run last told, by the `timestamp` of that record.',
      }),
      first: t.arg.int({
        required: true,
        defaultValue: 50,
        description: `The most runs on the page, 0 to ${PAGE_MAX}.`,
      }),
      after: t.arg.string({ description: 'Returns only runs after this `PipelineEdge.cursor`.' }),
    },
    resolve: (_, args, context) => pipelines(args, context),
  }),
);

builder.subscriptionField('pipelines', (t) =>
  t.field({
    ...costs({ statements: 2 }),
    type: Pipeline,
    description:
      `Runs as they proceed. First each run that matches the arguments, at most the ${FIRST_RUNS_MAX} that told last; without arguments each that has not ended and told within the last day. Then a run ` +
      'again whenever its progress or its status changes, and each run that begins. A run comes at most once a second. A silent run comes once more as STALLED. A slow subscriber gets the newest state of each run and misses those between.',
    args: {
      pipelineIds: t.arg.stringList({ description: 'Only runs with one of these pipeline ids. If omitted, all.' }),
      names: t.arg.stringList({ description: NAMES }),
      services: t.arg.stringList({ description: SERVICES }),
    },
    subscribe: (_, args, context) => watchPipelines(args, context),
    resolve: (event) => ({ id: event.run.pipelineId, told: event }),
  }),
);
