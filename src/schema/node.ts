import { encodeLogId } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { findLog, findNodes } from '../resolvers/log.ts';
import { builder, costs } from './builder.ts';

export const Node = builder.interfaceRef<LogRecord>('Node');
Node.implement({
  description: 'Whatever can be fetched again by its id. So far that is `Log`.',
  resolveType: () => 'Log',
  fields: (t) => ({
    id: t.id({ description: 'Global and opaque: `node(id:)` finds the same object again.', resolve: encodeLogId }),
  }),
});

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description:
      'The object with this id; null where there is none (any more), or where the id is not one of this server.',
    args: { id: t.arg.id({ required: true, description: 'An `id` as some field answered it.' }) },
    resolve: (_, { id }, context) => findLog(id, context),
  }),
  nodes: t.field({
    ...costs({ size: ({ ids }) => (ids as unknown[]).length }),
    type: [Node],
    nullable: { list: false, items: true },
    description: 'The objects with these ids, in the same order, null where there is none.',
    args: {
      ids: t.arg.idList({
        required: true,
        description: `At most ${PAGE_MAX} ids. The same id twice is answered twice.`,
      }),
    },
    resolve: (_, { ids }, context) => findNodes(ids, context),
  }),
}));
