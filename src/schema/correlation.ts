import type { Step } from '../db/chains/chain-steps.ts';
import { CHAIN_SERVICES_MAX } from '../db/chains/chains.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { chainItems, chainLogs, findChain } from '../resolvers/chains.ts';
import { builder, costs } from './builder.ts';
import { pageArgs, pageCost } from './connection.ts';
import { LogFilter } from './filter.ts';
import { LlmTotals } from './llm-stats.ts';
import { Correlation, Log, LogConnection } from './references.ts';
import { summaryFields } from './summary-fields.ts';

const CorrelationStep = builder.objectRef<Step>('CorrelationStep');
CorrelationStep.implement({
  description: 'Consecutive records of a chain that one service and component wrote.',
  fields: (t) => ({
    service: t.exposeString('service', { description: 'The service that wrote the records.' }),
    component: t.exposeString('component', { nullable: true, description: 'The component that wrote the records.' }),
    ...summaryFields(t, 'step'),
    gapMs: t.exposeFloat('gapMs', {
      description:
        'The time from the end of the previous step to the start of this one, in milliseconds; 0 for the first step.',
    }),
  }),
});

Correlation.implement({
  description: 'A chain: all records with the same correlation id, across services.',
  fields: (t) => ({
    correlationId: t.exposeString('id', { description: 'The correlation id of its records.' }),
    ...summaryFields(t, 'chain'),
    services: t.field({
      ...costs({ size: CHAIN_SERVICES_MAX }),
      type: ['String'],
      description: `The services of its records, in order of first appearance. At most ${CHAIN_SERVICES_MAX}.`,
      resolve: ({ id }, _, { loaders }) => loaders.services.load(id),
    }),
    userIds: t.field({
      ...costs({ size: ({ first }) => first }),
      type: ['String'],
      description: 'The user ids of its records, in order of first appearance.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 100,
          description: `The most items to return, 0 to ${PAGE_MAX}.`,
        }),
      },
      resolve: (chain, args, { loaders }) => loaders.userIds.load(chainItems(chain, args)),
    }),
    llm: t.field({
      type: LlmTotals,
      nullable: true,
      description: 'The sums over its model calls. Null if none of its records tells of a call.',
      resolve: ({ id }, _, { loaders }) => loaders.correlationTotals.load(id),
    }),
    firstError: t.field({
      type: Log,
      nullable: true,
      description: 'The earliest record at ERROR or above: look here first. Null if there is no such record.',
      resolve: ({ id }, _, { loaders }) => loaders.firstError.load(id),
    }),
    logs: t.field({
      ...pageCost,
      type: LogConnection,
      nullable: true,
      description: 'Its records, oldest first, page by page.',
      args: { filter: t.arg({ type: LogFilter, description: 'Which of its records. If omitted, all.' }), ...pageArgs },
      resolve: (chain, args, context) => chainLogs('correlationId', chain, args, context),
    }),
    steps: t.field({
      ...costs({ size: ({ first }) => first }),
      type: [CorrelationStep],
      nullable: true,
      description:
        'A summary of the chain, in order: one step for each run of consecutive records from the same service and component.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 200,
          description: `The most items to return, 0 to ${PAGE_MAX}.`,
        }),
      },
      resolve: (chain, args, { loaders }) => loaders.steps.load(chainItems(chain, args)),
    }),
  }),
});

builder.queryField('correlation', (t) =>
  t.field({
    ...costs({ statements: 1 }),
    type: Correlation,
    nullable: true,
    description: 'The chain with this correlation id. Null if no record has it.',
    args: { correlationId: t.arg.string({ required: true, description: 'The exact value of `Log.correlationId`.' }) },
    resolve: (_, { correlationId }, { loaders }) => findChain(loaders.correlation, correlationId),
  }),
);
