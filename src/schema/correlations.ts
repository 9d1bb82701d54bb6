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
  description: 'A chain on a page, with its cursor.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The position of the chain, for `after`. It is the position of its newest matching record.',
      resolve: ({ position }) => encodeChainCursor(position),
    }),
    node: t.field({ type: Correlation, description: 'The whole chain.', resolve: ({ chain }) => chain }),
  }),
});

const CorrelationConnection = builder.objectRef<ChainConnection>('CorrelationConnection');
CorrelationConnection.implement({
  description:
    'A page of chains (Relay). A chain that gets a record while you read pages may move before the cursor and be missed.',
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
    pageInfo: t.field({ type: PageInfo, description: 'The position of this page.', resolve: pageInfoOf }),
  }),
});

builder.queryField('correlations', (t) =>
  t.field({
    ...costs({ statements: 2, page: ({ first }) => first }),
    type: CorrelationConnection,
    nullable: true,
    description:
      'Chains that have at least one record that matches filter and time, ordered by their newest matching record, newest first. Their fields describe the whole chain, not only the matching records.',
    args: {
      filter: t.arg({
        type: LogFilter,
        description: 'At least one record of the chain must match. If omitted, any record matches.',
      }),
      time: t.arg({
        type: TimeRangeInput,
        required: true,
        defaultValue: LAST_DAY,
        description: 'The time range of that record.',
      }),
      first: t.arg.int({
        required: true,
        defaultValue: 50,
        description: `The most chains on the page, 0 to ${PAGE_MAX}.`,
      }),
      after: t.arg.string({ description: 'Returns only chains after this `CorrelationEdge.cursor`.' }),
    },
    resolve: (_, args, context) => correlations(args, context),
  }),
);
