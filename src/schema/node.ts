import {
  encodeAlertEventId,
  encodeAlertId,
  encodeApiKeyId,
  encodeLogId,
  encodeNotifierId,
  encodeSearchId,
} from '../log/cursor.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import {
  findNode,
  findNodes,
  isAlert,
  isAlertEvent,
  isApiKey,
  isNotifier,
  isSavedSearch,
  type NodeObject,
} from '../resolvers/node.ts';
import { builder, costs } from './builder.ts';

export const Node = builder.interfaceRef<NodeObject>('Node');
Node.implement({
  description:
    'An object that can be read again by its id: a `Log`, an `ApiKey`, a `SavedSearch`, an `Alert`, an `AlertEvent` or a `Notifier`.',
  resolveType: typeOf,
  fields: (t) => ({
    id: t.id({
      description: 'A global, opaque id. `node(id:)` returns the same object.',
      resolve: idOf,
    }),
  }),
});

function typeOf(object: NodeObject): string {
  if (isApiKey(object)) return 'ApiKey';
  if (isSavedSearch(object)) return 'SavedSearch';
  if (isAlert(object)) return 'Alert';
  if (isAlertEvent(object)) return 'AlertEvent';
  return isNotifier(object) ? 'Notifier' : 'Log';
}

function idOf(object: NodeObject): string {
  if (isApiKey(object)) return encodeApiKeyId(object.id);
  if (isSavedSearch(object)) return encodeSearchId(object.id);
  if (isAlert(object)) return encodeAlertId(object.id);
  if (isAlertEvent(object)) return encodeAlertEventId(object.id);
  return isNotifier(object) ? encodeNotifierId(object.id) : encodeLogId(object);
}

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description:
      'The object with this id. Null if it does not exist (any more), or if the id is not an id of this server. An `ApiKey` and a `Notifier` need the right ADMIN; an `Alert` and an `AlertEvent` need a key without a scope.',
    args: { id: t.arg.id({ required: true, description: 'An `id` that another field returned.' }) },
    resolve: (_, { id }, context) => findNode(id, context),
  }),
  nodes: t.field({
    ...costs({ size: ({ ids }) => (ids as unknown[]).length }),
    type: [Node],
    nullable: { list: false, items: true },
    description: 'The objects with these ids, in the same order. Null for an object that does not exist.',
    args: {
      ids: t.arg.idList({
        required: true,
        description: `At most ${PAGE_MAX} ids. An id that is given twice is returned twice.`,
      }),
    },
    resolve: (_, { ids }, context) => findNodes(ids, context),
  }),
}));
