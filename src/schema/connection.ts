import { encodePageCursor } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import { PAGE_DEFAULT, PAGE_MAX } from '../resolvers/arguments.ts';
import { logs } from '../resolvers/log.ts';
import { namesBelow } from '../resolvers/selected-fields.ts';
import { builder, costs } from './builder.ts';
import { LogFilter } from './filter.ts';
import { Log, LogConnection } from './references.ts';

import { TimeRangeInput } from './time.ts';

interface PageInfoShape {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

export const PageInfo = builder.objectRef<PageInfoShape>('PageInfo');
PageInfo.implement({
  description: 'Where a page lies among the others (Relay).',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'There is more after this page.' }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', { description: 'There is more before this page.' }),
    startCursor: t.exposeString('startCursor', {
      nullable: true,
      description: 'Cursor of the first item, for `before`; null on an empty page.',
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'Cursor of the last item, for `after`; null on an empty page.',
    }),
  }),
});

const LogEdge = builder.objectRef<LogRecord>('LogEdge');
LogEdge.implement({
  description: 'A record on a page.',
  fields: (t) => ({
    cursor: t.string({
      description: "The record's own cursor, the same as `node { cursor }`.",
      resolve: encodePageCursor,
    }),
    node: t.field({ type: Log, description: 'The record.', resolve: (record) => record }),
  }),
});

LogConnection.implement({
  description:
    'A page of records (Relay). A record that was stored before the first page was read, and is not cleaned up meanwhile, is on exactly one page; one that is ' +
    'stored later is on one at most. A time range by `last` moves with the clock: pin `from` and `to` while paging.',
  fields: (t) => ({
    edges: t.field({
      ...costs({ size: 'page' }),
      type: [LogEdge],
      description: 'The records of the page, each with its cursor.',
      resolve: async (connection) => (await connection.page()).records,
    }),
    nodes: t.field({
      ...costs({ size: 'page' }),
      type: [Log],
      description: 'The records of the page.',
      resolve: async (connection) => (await connection.page()).records,
    }),
    pageInfo: t.field({
      type: PageInfo,
      description: 'Where this page lies.',
      resolve: async (connection) => {
        const { records, hasNextPage, hasPreviousPage } = await connection.page();
        const [start, end] = [records.at(0), records.at(-1)];
        return {
          hasNextPage,
          hasPreviousPage,
          startCursor: start ? encodePageCursor(start) : null,
          endCursor: end ? encodePageCursor(end) : null,
        };
      },
    }),
    totalCount: t.field({
      ...costs({ statements: 1 }),
      type: 'SafeInt',
      nullable: true,
      description: 'All records that match, on whatever page. They are counted only when this field is asked for.',
      resolve: (connection) => connection.totalCount(),
    }),
    tailCursor: t.field({
      ...costs({ statements: 1 }),
      type: 'TailCursor',
      nullable: true,
      description:
        'Where `tail(after:)` starts so that nothing falls between this page and the tail: it was read in the same snapshot as the page.',
      resolve: (connection) => connection.tailPosition(),
    }),
  }),
});

/** The arguments of every page of records. */
export const pageArgs = builder.args((t) => ({
  first: t.int({
    description: `The first so many, 1 to ${PAGE_MAX}; ${PAGE_DEFAULT} where neither \`first\` nor \`last\` is given. Not both.`,
  }),
  after: t.string({ description: 'Only what comes after this cursor, in the order of the list.' }),
  last: t.int({
    description: `The last so many, 1 to ${PAGE_MAX}, still in the order of the list. Not beside \`first\`.`,
  }),
  before: t.string({ description: 'Only what comes before this cursor, in the order of the list.' }),
}));

export const pageCost = costs({ statements: 1, page: ({ first, last }) => first ?? last ?? PAGE_DEFAULT });

const LogOrder = builder.enumType('LogOrder', {
  description: 'By `timestamp`, then by `uid`: a total order, so that pages neither repeat nor skip.',
  values: {
    NEWEST_FIRST: { description: 'Latest first, as one reads a log backwards.' },
    OLDEST_FIRST: { description: 'Earliest first, as it happened.' },
  } as const,
});

builder.queryField('logs', (t) =>
  t.field({
    ...pageCost,
    type: LogConnection,
    nullable: true,
    description: 'Records under a filter and a time range, page by page. Without a time: all there is.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records; left out: all.' }),
      time: t.arg({ type: TimeRangeInput, description: 'When they happened; left out: at any time.' }),
      order: t.arg({
        type: LogOrder,
        required: true,
        defaultValue: 'NEWEST_FIRST',
        description: 'Which end comes first.',
      }),
      ...pageArgs,
    },
    resolve: (_, args, context, info) => logs(args, context, namesBelow(info)),
  }),
);
