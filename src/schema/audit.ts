import type { AuditEvent as AuditEventShape, AuditPage } from '../db/keys/audit.ts';
import { encodeAuditCursor } from '../log/cursor.ts';
import { PAGE_DEFAULT, PAGE_MAX } from '../resolvers/arguments.ts';
import { auditEvents } from '../resolvers/audit.ts';
import { builder, costs } from './builder.ts';
import { PageInfo } from './connection.ts';
import { TimeRangeInput } from './time.ts';

const AuditEvent = builder.objectRef<AuditEventShape>('AuditEvent');
AuditEvent.implement({
  description: 'Something that the holder of an ADMIN key did. It was written in the same transaction.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was done.' }),
    action: t.exposeString('action', {
      description: 'What was done: mostly the name of the mutation, such as `createApiKey`.',
    }),
    keyName: t.exposeString('keyName', {
      nullable: true,
      description: 'The name of the API key that it was done with. Null: without a key.',
    }),
    keyPrefix: t.exposeString('keyPrefix', {
      nullable: true,
      description: 'The first characters of that key. Null: without a key.',
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'The address of the client. Null if it was a command on the machine of the server.',
    }),
    details: t.expose('details', { type: 'JSON', description: 'What was changed. It holds no secret.' }),
  }),
});

const AuditEventEdge = builder.objectRef<AuditEventShape>('AuditEventEdge');
AuditEventEdge.implement({
  description: 'An event on a page, with its cursor.',
  fields: (t) => ({
    cursor: t.string({ description: 'The cursor of the event, for `after`.', resolve: encodeAuditCursor }),
    node: t.field({ type: AuditEvent, description: 'The event.', resolve: (event) => event }),
  }),
});

const AuditEventConnection = builder.objectRef<AuditPage>('AuditEventConnection');
AuditEventConnection.implement({
  description: 'A page of audit events (Relay).',
  fields: (t) => ({
    edges: t.expose('events', {
      ...costs({ size: 'page' }),
      type: [AuditEventEdge],
      description: 'The events of the page, each with its cursor.',
    }),
    nodes: t.expose('events', {
      ...costs({ size: 'page' }),
      type: [AuditEvent],
      description: 'The events of the page.',
    }),
    pageInfo: t.field({
      type: PageInfo,
      description: 'The position of this page. Pages go forward only: `hasPreviousPage` is always false.',
      resolve: ({ events, hasNextPage }) => {
        const [start, end] = [events.at(0), events.at(-1)];
        return {
          hasNextPage,
          hasPreviousPage: false,
          startCursor: start ? encodeAuditCursor(start) : null,
          endCursor: end ? encodeAuditCursor(end) : null,
        };
      },
    }),
  }),
});

builder.queryField('auditEvents', (t) =>
  t.field({
    ...costs({ statements: 1, page: ({ first }) => first }),
    type: AuditEventConnection,
    nullable: true,
    description: 'What the holders of ADMIN keys did, the newest first. Needs the right ADMIN.',
    args: {
      time: t.arg({ type: TimeRangeInput, description: 'When it was done. If omitted, any time.' }),
      first: t.arg.int({
        required: true,
        defaultValue: PAGE_DEFAULT,
        description: `The number of events on the page, 0 to ${PAGE_MAX}.`,
      }),
      after: t.arg.string({ description: 'Returns only events after this cursor.' }),
    },
    resolve: (_, args, context) => auditEvents(args, context),
  }),
);
