import type { Step } from '../db/chains/chain-steps.ts';
import { CHAIN_SERVICES_MAX } from '../db/chains/chains.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { chainLogs, chainPart, findChain } from '../resolvers/chains.ts';
import { builder, costs } from './builder.ts';
import { pageArgs, pageCost } from './connection.ts';
import { LogFilter } from './filter.ts';
import { Correlation, Log, LogConnection } from './references.ts';
import { summaryFields } from './summary-fields.ts';

const CorrelationStep = builder.objectRef<Step>('CorrelationStep');
CorrelationStep.implement({
  description: 'A stretch of records that one service and component wrote, before another took over.',
  fields: (t) => ({
    service: t.exposeString('service', { description: 'The service that wrote them.' }),
    component: t.exposeString('component', { nullable: true, description: 'The component that wrote them.' }),
    ...summaryFields(t, 'step'),
    gapMs: t.exposeFloat('gapMs', {
      description: 'Silence before this step, in milliseconds: from the end of the step before it; 0 for the first.',
    }),
  }),
});

Correlation.implement({
  description: 'A chain: everything that happened under one correlation id, across services.',
  fields: (t) => ({
    correlationId: t.exposeString('id', { description: 'The id that its records share.' }),
    ...summaryFields(t, 'chain'),
    services: t.field({
      ...costs({ size: CHAIN_SERVICES_MAX }),
      type: ['String'],
      description: `The services that took part, in order of first appearance, at most ${CHAIN_SERVICES_MAX}.`,
      resolve: ({ id }, _, { loaders }) => loaders.services.load(id),
    }),
    userIds: t.field({
      ...costs({ size: ({ first }) => first }),
      type: ['String'],
      description: 'The users on whose behalf it happened, in order of first appearance.',
      args: {
        first: t.arg.int({ required: true, defaultValue: 100, description: `So many at most, 1 to ${PAGE_MAX}.` }),
      },
      resolve: (chain, args, { loaders }) => loaders.userIds.load(chainPart(chain, args)),
    }),
    firstError: t.field({
      type: Log,
      nullable: true,
      description: 'The earliest record at ERROR or above: where to look first. Null where nothing failed.',
      resolve: ({ id }, _, { loaders }) => loaders.firstError.load(id),
    }),
    logs: t.field({
      ...pageCost,
      type: LogConnection,
      nullable: true,
      description: 'Its records, oldest first.',
      args: { filter: t.arg({ type: LogFilter, description: 'Which of its records; left out: all.' }), ...pageArgs },
      resolve: (chain, args, context) => chainLogs('correlationId', chain, args, context),
    }),
    steps: t.field({
      ...costs({ size: ({ first }) => first }),
      type: [CorrelationStep],
      nullable: true,
      description:
        'The chain at a glance: one step for each stretch of records from one service and component, in order.',
      args: {
        first: t.arg.int({ required: true, defaultValue: 200, description: `So many at most, 1 to ${PAGE_MAX}.` }),
      },
      resolve: (chain, args, { loaders }) => loaders.steps.load(chainPart(chain, args)),
    }),
  }),
});

builder.queryField('correlation', (t) =>
  t.field({
    ...costs({ statements: 1 }),
    type: Correlation,
    nullable: true,
    description: 'The chain with this correlation id; null where no record has it.',
    args: { correlationId: t.arg.string({ required: true, description: 'A `Log.correlationId`, exactly.' }) },
    resolve: (_, { correlationId }, { loaders }) => findChain(loaders.correlation, correlationId),
  }),
);
