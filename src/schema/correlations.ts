import { encodeChainCursor } from '../log/cursor.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { type ChainConnection, type ChainEdge, correlations, pageInfoOf } from '../resolvers/chains.ts';
import { builder, costs } from './builder.ts';
import { PageInfo } from './connection.ts';
import { LogFilter } from './filter.ts';
import { Correlation } from './references.ts';
import { LAST_DAY, TimeRangeInput } from './time.ts';

const CorrelationEdge = builder.objectRef<ChainEdge>('CorrelationEdge');
CorrelationEdge.implement({
  description: 'A chain on a page.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The place of the chain for `after`: by its newest record that matches.',
      resolve: ({ position }) => encodeChainCursor(position),
    }),
    node: t.field({ type: Correlation, description: 'The whole chain.', resolve: ({ chain }) => chain }),
  }),
});

const CorrelationConnection = builder.objectRef<ChainConnection>('CorrelationConnection');
CorrelationConnection.implement({
  description:
    'A page of chains (Relay). A chain that grows while one pages may move ahead of the cursor and be missed.',
  fields: (t) => ({
    edges: t.field({
      ...costs({ size: 'page' }),
      type: [CorrelationEdge],
      description: 'The chains of the page, each with its cursor.',
      resolve: ({ edges }) => edges,
    }),
    nodes: t.field({
      ...costs({ size: 'page' }),
      type: [Correlation],
      description: 'The chains of the page.',
      resolve: ({ edges }) => edges.map(({ chain }) => chain),
    }),
    pageInfo: t.field({ type: PageInfo, description: 'Where this page lies.', resolve: pageInfoOf }),
  }),
});

builder.queryField('correlations', (t) =>
  t.field({
    ...costs({ statements: 2, page: ({ first }) => first }),
    type: CorrelationConnection,
    nullable: true,
    description:
      'Chains with at least one record under the filter and the time, by their newest such record, latest first. Their fields tell of the whole chain, not only of what matched.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'One record at least must match; left out: any.' }),
      time: t.arg({
        type: TimeRangeInput,
        required: true,
        defaultValue: LAST_DAY,
        description: 'When that record happened.',
      }),
      first: t.arg.int({ required: true, defaultValue: 50, description: `Chains on the page, 1 to ${PAGE_MAX}.` }),
      after: t.arg.string({ description: 'A `CorrelationEdge.cursor`: the page that comes after it.' }),
    },
    resolve: (_, args, context) => correlations(args, context),
  }),
);
