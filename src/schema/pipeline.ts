import type { Stage } from '../db/chains/chain-steps.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { chainItems, chainLogs } from '../resolvers/chains.ts';
import { findPipeline, pipelineExtent, toldBy } from '../resolvers/runs.ts';
import { builder, costs } from './builder.ts';
import { pageArgs, pageCost } from './connection.ts';
import { LogFilter } from './filter.ts';
import { Progress, RunStatus } from './progress.ts';
import { LogConnection, Pipeline } from './references.ts';
import { summaryFields, summaryFieldsBy } from './summary-fields.ts';

const PipelineStage = builder.objectRef<Stage>('PipelineStage');
PipelineStage.implement({
  description: 'All records of one component in a run of a pipeline.',
  fields: (t) => ({
    component: t.exposeString('component', {
      nullable: true,
      description: 'The component. Null for records without a component.',
    }),
    ...summaryFields(t, 'stage'),
  }),
});

Pipeline.implement({
  description: 'One run of a data pipeline: all records with the same pipeline id.',
  fields: (t) => ({
    pipelineId: t.exposeString('id', { description: 'The pipeline id of its records.' }),
    ...summaryFieldsBy(t, 'run', pipelineExtent),
    name: t.string({
      nullable: true,
      description:
        'What kind of run it is: `operation` of its progress. Null if it never told of progress, or names none.',
      resolve: async (run, _, context) => (await toldBy(run, context))?.run.name ?? null,
    }),
    status: t.field({
      type: RunStatus,
      nullable: true,
      description: 'How it stands, by the newest record that tells of its progress. Null if it never told of progress.',
      resolve: async (run, _, context) => (await toldBy(run, context))?.status ?? null,
    }),
    progress: t.field({
      type: Progress,
      nullable: true,
      description: 'How far it is, as it last told. Null if it never told of progress. See docs/progress.md.',
      resolve: async (run, _, context) => (await toldBy(run, context))?.run ?? null,
    }),
    summary: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Counts and figures of its own that it told at its end. Null before the end.',
      resolve: async (run, _, context) => (await toldBy(run, context))?.run.summary ?? null,
    }),
    service: t.string({
      nullable: true,
      description: 'The service that last told of its progress. Null if none did.',
      resolve: async (run, _, context) => (await toldBy(run, context))?.run.service ?? null,
    }),
    host: t.string({
      nullable: true,
      description: 'The machine from which it last told of its progress. Null if it never did, or named none.',
      resolve: async (run, _, context) => (await toldBy(run, context))?.run.host ?? null,
    }),
    stages: t.field({
      ...costs({ size: ({ first }) => first }),
      type: [PipelineStage],
      nullable: true,
      description: 'One stage for each component of its records, in order of first appearance.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 200,
          description: `The most stages to return, 0 to ${PAGE_MAX}.`,
        }),
      },
      resolve: (run, args, { loaders }) => loaders.stages.load(chainItems(run, args)),
    }),
    logs: t.field({
      ...pageCost,
      type: LogConnection,
      nullable: true,
      description: 'Its records, oldest first, page by page.',
      args: { filter: t.arg({ type: LogFilter, description: 'Which of its records. If omitted, all.' }), ...pageArgs },
      resolve: (run, args, context) => chainLogs('pipelineId', run, args, context),
    }),
  }),
});

builder.queryField('pipeline', (t) =>
  t.field({
    ...costs({ statements: 1 }),
    type: Pipeline,
    nullable: true,
    description: 'The run with this pipeline id. Null if no record has it.',
    args: { pipelineId: t.arg.string({ required: true, description: 'The exact value of `Log.pipelineId`.' }) },
    resolve: (_, { pipelineId }, context) => findPipeline(pipelineId, context),
  }),
);
