import { encodeLogId, encodePageCursor } from '../log/cursor.ts';
import { FIELDS, type FieldName, fieldSpec, HTTP_FIELDS, OPTIONAL_TEXT, SURROUNDING_FIELDS } from '../log/fields.ts';
import { type HttpExchange as HttpExchangeShape, httpOf } from '../log/http-exchange.ts';
import { levelOf } from '../log/level.ts';
import { correlationOf, findLog, SURROUNDING_MAX, surroundingOf } from '../resolvers/log.ts';
import { builder, costs } from './builder.ts';
import { enumOfFields } from './enum-of-fields.ts';
import { LogLevel } from './level.ts';
import { Node } from './node.ts';
import { Correlation, Log } from './references.ts';

const HttpExchange = builder.objectRef<HttpExchangeShape>('HttpExchange');
HttpExchange.implement({
  description: 'An HTTP request and its response, as far as the sender told of them.',
  fields: (t) => {
    const described = (name: keyof HttpExchangeShape) => ({
      nullable: true as const,
      description: fieldSpec(HTTP_FIELDS[name]).description,
    });
    return {
      method: t.exposeString('method', described('method')),
      path: t.exposeString('path', described('path')),
      status: t.exposeInt('status', described('status')),
      userAgent: t.exposeString('userAgent', described('userAgent')),
      clientIp: t.exposeString('clientIp', described('clientIp')),
    };
  },
});

const SurroundingField = builder.enumType('SurroundingField', {
  description: 'A field that the records around a record have in common with it.',
  values: enumOfFields(SURROUNDING_FIELDS, (field) => `The same \`${field}\`.`),
});

Log.implement({
  description: 'One log record, as it is stored. It never changes afterwards.',
  interfaces: [Node],
  fields: (t) => {
    const description = (field: FieldName) => ({ description: FIELDS[field].description });
    const texts = OPTIONAL_TEXT.map((field) => [
      field,
      t.exposeString(field, { nullable: true, ...description(field) }),
    ]);
    return {
      id: t.id({
        description:
          'Global and opaque; it carries timestamp and uid. The same record has the same id in a query, a tail and a chain.',
        resolve: encodeLogId,
      }),
      uid: t.exposeID('uid', description('uid')),
      cursor: t.string({
        description:
          'The place of this record for `after` and `before` in `logs`, under any filter and in either order.',
        resolve: encodePageCursor,
      }),
      timestamp: t.expose('timestamp', { type: 'DateTime', ...description('timestamp') }),
      receivedAt: t.expose('receivedAt', { type: 'DateTime', ...description('receivedAt') }),
      level: t.field({
        type: LogLevel,
        description: 'How much it matters.',
        resolve: ({ severityNumber }) => levelOf(severityNumber),
      }),
      severityNumber: t.exposeInt('severityNumber', description('severityNumber')),
      message: t.exposeString('message', description('message')),
      service: t.exposeString('service', description('service')),
      ...Object.fromEntries(texts),
      durationMs: t.exposeFloat('durationMs', { nullable: true, ...description('durationMs') }),
      http: t.field({
        type: HttpExchange,
        nullable: true,
        description: 'The HTTP exchange that it tells of; null where it tells of none.',
        resolve: httpOf,
      }),
      attributes: t.expose('attributes', { type: 'JSON', ...description('attributes') }),
      correlation: t.field({
        type: Correlation,
        nullable: true,
        description:
          'The chain that this record belongs to; null where it has no correlation id. For a whole page at the price of one. Not within a tail.',
        resolve: (log, _, context) => correlationOf(log, context),
      }),
      surrounding: t.field({
        ...costs({ size: ({ before, after }) => Number(before) + Number(after) + 1 }),
        type: [Log],
        nullable: true,
        description:
          'The records just before and after this one, this one included, oldest first: what the same service said meanwhile. For a whole page at the price of one. Not within a tail.',
        args: {
          before: t.arg.int({
            required: true,
            defaultValue: 10,
            description: `Records before this one, 0 to ${SURROUNDING_MAX}.`,
          }),
          after: t.arg.int({
            required: true,
            defaultValue: 10,
            description: `Records after this one, 0 to ${SURROUNDING_MAX}.`,
          }),
          by: t.arg({
            type: [SurroundingField],
            required: true,
            defaultValue: ['SERVICE'],
            description:
              'Only records with the same values in all these fields, where missing equals missing. An empty list: all records.',
          }),
          within: t.arg({
            type: 'Duration',
            required: true,
            defaultValue: 3_600_000,
            description: 'No farther away than this, on either side.',
          }),
        },
        resolve: (log, args, context) => surroundingOf(log, args, context),
      }),
    };
  },
});

builder.queryField('log', (t) =>
  t.field({
    type: Log,
    nullable: true,
    description: 'The record with this `Log.id`; null where there is none (any more).',
    args: { id: t.arg.id({ required: true, description: 'A `Log.id`.' }) },
    resolve: (_, { id }, context) => findLog(id, context),
  }),
);
