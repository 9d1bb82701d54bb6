import { encodePageCursor } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import { PAGE_DEFAULT, PAGE_MAX } from '../resolvers/arguments.ts';
import { readsRows } from '../resolvers/counted-rows.ts';
import { logs } from '../resolvers/log.ts';
import { namesBelow } from '../resolvers/selected-fields.ts';
import { builder, costs, type FieldCost } from './builder.ts';
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
  description: 'The position of a page among the others (Relay).',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', {
      description:
        'With `first`: whether more than `first` items lie between the cursors `after` and `before`. With `last`: whether there are items at `before` or after it.',
    }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      description:
        'With `last`: whether more than `last` items lie between the cursors `after` and `before`. With `first`: whether there are items at `after` or before it.',
    }),
    startCursor: t.exposeString('startCursor', {
      nullable: true,
      description: 'The cursor of the first item, for `before`. Null if the page is empty.',
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'The cursor of the last item, for `after`. Null if the page is empty.',
    }),
  }),
});

const LogEdge = builder.objectRef<LogRecord>('LogEdge');
LogEdge.implement({
  description: 'A record on a page, with its cursor.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The cursor of the record, the same as `node { cursor }`.',
      resolve: encodePageCursor,
    }),
    node: t.field({ type: Log, description: 'The record.', resolve: (record) => record }),
  }),
});

LogConnection.implement({
  description:
    'A page of records (Relay). A record that was stored before the first page was read, and has not been deleted since, is on exactly one page. A record that was ' +
    'stored later is on at most one page. A time range with `last` moves with the clock: use `from` and `to` to read several pages.',
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
      description: 'The position of this page.',
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
      ...costs({ statements: 1, reads: 'counts' }),
      type: 'SafeInt',
      nullable: true,
      description: 'The number of all matching records, on all pages. They are counted only if this field is selected.',
      resolve: (connection) => connection.totalCount(),
    }),
    tailCursor: t.field({
      ...costs({ statements: 1 }),
      type: 'TailCursor',
      nullable: true,
      description:
        'Start `tail(after:)` here, and no record is missing between this page and the tail: page and cursor are read in the same snapshot.',
      resolve: (connection) => connection.tailPosition(),
    }),
  }),
});

/** The arguments of every page of records. */
export const pageArgs = builder.args((t) => ({
  first: t.int({
    description: `Returns this many items from the start, 0 to ${PAGE_MAX}. The default is ${PAGE_DEFAULT} if \`last\` is not given either. \`first\` and \`last\` together are an error.`,
  }),
  after: t.string({ description: 'Returns only items after this cursor, in the order of the list.' }),
  last: t.int({
    description: `Returns this many items from the end, 0 to ${PAGE_MAX}. The order of the list stays the same.`,
  }),
  before: t.string({ description: 'Returns only items before this cursor, in the order of the list.' }),
}));

const page: FieldCost = { statements: 1, page: ({ first, last }) => first ?? last ?? PAGE_DEFAULT };
export const pageCost = costs(page);

const LogOrder = builder.enumType('LogOrder', {
  description: 'Order by `timestamp`, then by `uid`. This order is total, so pages neither repeat nor skip records.',
  values: {
    NEWEST_FIRST: { description: 'The newest record first.' },
    OLDEST_FIRST: { description: 'The oldest record first.' },
  } as const,
});

builder.queryField('logs', (t) =>
  t.field({
    ...costs({ ...page, countsRows: ({ filter }, scope) => readsRows(filter, scope) }),
    type: LogConnection,
    nullable: true,
    description: 'Records that match a filter and a time range, page by page. Without `time`, records of any time.',
    args: {
      filter: t.arg({ type: LogFilter, description: 'Which records. If omitted, all.' }),
      time: t.arg({ type: TimeRangeInput, description: 'The time range of the records. If omitted, any time.' }),
      order: t.arg({
        type: LogOrder,
        required: true,
        defaultValue: 'NEWEST_FIRST',
        description: 'The order of the records.',
      }),
      ...pageArgs,
    },
    resolve: (_, args, context, info) => logs(args, context, namesBelow(info)),
  }),
);
