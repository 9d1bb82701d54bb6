import { encodeLogId, encodePageCursor } from '../log/cursor.ts';
import { levelOf } from '../log/level.ts';
import type { LogRecord } from '../log/record.ts';
import {
  correlationOf,
  findLog,
  type HttpExchange as HttpExchangeShape,
  httpOf,
  SURROUNDING_MAX,
  surroundingOf,
} from '../resolvers/log.ts';
import { builder, costs } from './builder.ts';
import { LogLevel } from './level.ts';
import { Node } from './node.ts';
import { Correlation, Log } from './references.ts';

const HttpExchange = builder.objectRef<HttpExchangeShape>('HttpExchange');
HttpExchange.implement({
  description: 'An HTTP request and its response, as far as the sender described them.',
  fields: (t) => ({
    method: t.exposeString('method', { nullable: true, description: 'The request method: `GET`, `POST` ...' }),
    path: t.exposeString('path', {
      nullable: true,
      description: 'Path of the request, with its query where the sender gave it.',
    }),
    status: t.exposeInt('status', { nullable: true, description: 'Status code of the response.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'What the client called itself.' }),
    clientIp: t.exposeString('clientIp', { nullable: true, description: 'Address of the client.' }),
  }),
});

const SurroundingField = builder.enumType('SurroundingField', {
  description: 'A field that surrounding records have in common with a record.',
  values: {
    SERVICE: { description: 'The same `service`.' },
    COMPONENT: { description: 'The same `component`.' },
    HOST: { description: 'The same `host`.' },
    USER_ID: { description: 'The same `userId`.' },
    PIPELINE_ID: { description: 'The same `pipelineId`.' },
    CORRELATION_ID: { description: 'The same `correlationId`.' },
    TRACE_ID: { description: 'The same `traceId`.' },
  } as const,
});

/** A text field of a record that may be null. */
type OptionalText = {
  [field in keyof LogRecord]: LogRecord[field] extends string | null ? field : never;
}[keyof LogRecord];

Log.implement({
  description: 'A log record, as it is stored. It never changes.',
  interfaces: [Node],
  fields: (t) => {
    const text = (field: OptionalText, description: string) => t.exposeString(field, { nullable: true, description });
    return {
      id: t.id({
        description:
          'A global, opaque id. It contains timestamp and uid. A record has the same id in a query, a tail and a chain.',
        resolve: encodeLogId,
      }),
      uid: t.exposeID('uid', {
        description:
          'OpenTelemetry `log.record.uid`: a UUID given by the sender, or a UUIDv7 that the server generated on arrival.',
      }),
      cursor: t.string({
        description:
          'The position of this record, for `after` and `before` in `logs`. It is valid with any filter and both orders.',
        resolve: encodePageCursor,
      }),
      timestamp: t.expose('timestamp', { type: 'DateTime', description: 'When it happened, as the sender says.' }),
      receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When the server took it in.' }),
      level: t.field({
        type: LogLevel,
        description: 'How much it matters.',
        resolve: ({ severityNumber }) => levelOf(severityNumber),
      }),
      severityNumber: t.exposeInt('severityNumber', {
        description: 'OpenTelemetry severity number, 1 to 24: finer than `level`.',
      }),
      message: t.exposeString('message', { description: 'What it says, for people.' }),
      service: t.exposeString('service', {
        description:
          'Which program wrote it (OpenTelemetry `service.name`). `unknown_service` where the sender does not say.',
      }),
      component: text('component', "Which part of the program: a logger's name, a module, an OpenTelemetry scope."),
      action: text('action', 'What was being done: `create_job`, or made from method and route of an HTTP request.'),
      host: text('host', 'The machine or container that it ran on.'),
      environment: text('environment', 'OpenTelemetry `deployment.environment.name`: `production`, `staging` ...'),
      deploymentVersion: text('deploymentVersion', 'OpenTelemetry `service.version`: which release wrote it.'),
      correlationId: text(
        'correlationId',
        'What all records of one request or job share, across services. See `correlation`.',
      ),
      traceId: text('traceId', 'The distributed trace that it belongs to.'),
      spanId: text('spanId', 'The span within that trace.'),
      pipelineId: text('pipelineId', 'The run of a data pipeline that it belongs to. See `Query.pipeline`.'),
      userId: text('userId', 'On whose behalf it happened.'),
      durationMs: t.exposeFloat('durationMs', { nullable: true, description: 'How long it took, in milliseconds.' }),
      errorType: text('errorType', 'Class or code of the error: `TimeoutError`, `ECONNRESET` ...'),
      stackTrace: text('stackTrace', "Where the error came from, as the sender's language prints it."),
      http: t.field({
        type: HttpExchange,
        nullable: true,
        description: 'The HTTP request and response that the record describes. Null if it describes none.',
        resolve: httpOf,
      }),
      attributes: t.expose('attributes', {
        type: 'JSON',
        description:
          'All data of the sender that has no other field: a JSON object. Search it with `attributes.key:value`.',
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
