import { encodeLogId, encodePageCursor } from '../log/cursor.ts';
import { FIELDS, type FieldName, fieldSpec, HTTP_FIELDS, OPTIONAL_TEXT, SURROUNDING_FIELDS } from '../log/fields.ts';
import { type HttpExchange as HttpExchangeShape, httpOf } from '../log/http-exchange.ts';
import { levelOf } from '../log/level.ts';
import { callOf } from '../resolvers/llm.ts';
import { correlationOf, findLog, SURROUNDING_MAX, surroundingOf } from '../resolvers/log.ts';
import { builder, costs } from './builder.ts';
import { enumOfFields } from './enum-of-fields.ts';
import { LogLevel } from './level.ts';
import { LlmCall } from './llm.ts';
import { Node } from './node.ts';
import { Correlation, Log } from './references.ts';

const HttpExchange = builder.objectRef<HttpExchangeShape>('HttpExchange');
HttpExchange.implement({
  description: 'An HTTP request and its response, as far as the sender described them.',
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
  description: 'A field that surrounding records have in common with a record.',
  values: enumOfFields(SURROUNDING_FIELDS, (field) => `The same \`${field}\`.`),
});

Log.implement({
  description: 'A log record, as it is stored. It never changes.',
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
          'A global, opaque id. It contains timestamp and uid. A record has the same id in a query, a tail and a chain.',
        resolve: encodeLogId,
      }),
      uid: t.exposeID('uid', description('uid')),
      cursor: t.string({
        description:
          'The position of this record, for `after` and `before` in `logs`. It is valid with any filter and both orders.',
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
        description: 'The HTTP request and response that the record describes. Null if it describes none.',
        resolve: httpOf,
      }),
      attributes: t.expose('attributes', { type: 'JSON', ...description('attributes') }),
      llm: t.field({
        type: LlmCall,
        nullable: true,
        description:
          'The model call that the record tells of: there is one if the sender said any of its fields. Null otherwise. For a whole page it costs as many statements as for one record.',
        resolve: (log, _, context) => callOf(log, context),
      }),
      correlation: t.field({
        type: Correlation,
        nullable: true,
        description:
          'The chain of this record. Null if the record has no correlation id. For a whole page it costs as many statements as for one record. An error in a tail.',
        resolve: (log, _, context) => correlationOf(log, context),
      }),
      surrounding: t.field({
        ...costs({ size: ({ before, after }) => Number(before) + Number(after) + 1 }),
        type: [Log],
        nullable: true,
        description:
          'The records just before and after this one, and this one, oldest first. For a whole page it costs as many statements as for one record. An error in a tail.',
        args: {
          before: t.arg.int({
            required: true,
            defaultValue: 10,
            description: `The most records before this one, 0 to ${SURROUNDING_MAX}.`,
          }),
          after: t.arg.int({
            required: true,
            defaultValue: 10,
            description: `The most records after this one, 0 to ${SURROUNDING_MAX}.`,
          }),
          by: t.arg({
            type: [SurroundingField],
            required: true,
            defaultValue: ['SERVICE'],
            description:
              'Returns only records that have the same values as this one in all these fields. A missing value equals a missing value. If the list is empty, all records count.',
          }),
          within: t.arg({
            type: 'Duration',
            required: true,
            defaultValue: 3_600_000,
            description: 'The longest time between this record and the others, before and after.',
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
    description: 'The record with this `Log.id`. Null if it does not exist (any more).',
    args: { id: t.arg.id({ required: true, description: 'A `Log.id`.' }) },
    resolve: (_, { id }, context) => findLog(id, context),
  }),
);
