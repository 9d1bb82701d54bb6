import type { IngestResult as Result } from '../ingest/ingest-result.ts';
import { IDEMPOTENCY_KEY_LENGTH_MAX } from '../ingest/submission.ts';
import { decodeTailCursor } from '../log/cursor.ts';
import { FIELDS, type FieldName, fieldSpec, HTTP_FIELDS, OPTIONAL_TEXT } from '../log/fields.ts';
import type { HttpExchange } from '../log/http-exchange.ts';
import type { Rejection } from '../log/rejection.ts';
import { ingestLogs, RECORDS_MAX } from '../resolvers/ingest.ts';
import { builder } from './builder.ts';
import { LogLevel } from './level.ts';
import { LlmCallInput } from './llm-call-input.ts';

const HttpExchangeInput = builder.inputType('HttpExchangeInput', {
  description: 'An HTTP request and its response. All fields are optional.',
  fields: (t) => {
    const described = (name: keyof HttpExchange) => ({ description: fieldSpec(HTTP_FIELDS[name]).description });
    return {
      method: t.string(described('method')),
      path: t.string(described('path')),
      status: t.int(described('status')),
      userAgent: t.string(described('userAgent')),
      clientIp: t.string(described('clientIp')),
    };
  },
});

/** The defaults of optional text fields. */
const LEFT_OUT: Readonly<Partial<Record<FieldName, string>>> = {
  environment: " Left out: the server's own (`DEPLOYMENT_ENV`).",
  deploymentVersion: " Left out: the server's own (`DEPLOYMENT_VERSION`).",
};

const LogInput = builder.inputType('LogInput', {
  description:
    'One record to store. Its fields are those of `Log`. A value of the wrong GraphQL type rejects the whole call. Use `POST /ingest` for lenient input, and for the field names of logging libraries.',
  fields: (t) => {
    const texts = Object.fromEntries(
      OPTIONAL_TEXT.map((field) => [
        field,
        t.string({ description: FIELDS[field].description + (LEFT_OUT[field] ?? '') }),
      ]),
    );
    return {
      uid: t.id({
        description:
          'A UUID that the sender gives. It needs `timestamp` too, else the record is rejected with TIMESTAMP_REQUIRED. A record with the same uid and timestamp is stored only once.',
      }),
      timestamp: t.field({ type: 'DateTime', description: 'When it happened. If omitted, now.' }),
      level: t.field({ type: LogLevel, description: 'The importance of the record. If omitted, INFO.' }),
      severityNumber: t.int({
        description: 'The OpenTelemetry severity number, 1 to 24. It takes precedence over `level`.',
      }),
      message: t.string({ required: true, description: 'The text of the record.' }),
      service: t.string({ description: 'The program that wrote the record. If omitted, `unknown_service`.' }),
      ...texts,
      durationMs: t.float({ description: 'The duration of the action, in milliseconds.' }),
      http: t.field({
        type: HttpExchangeInput,
        description: 'The HTTP request and response that the record describes.',
      }),
      llm: t.field({ type: LlmCallInput, description: 'The call to a language model that the record tells of.' }),
      attributes: t.field({ type: 'JSON', description: 'All other data: a JSON object.' }),
    };
  },
});

const Durability = builder.enumType('Durability', {
  description: 'Where accepted records are safe.',
  values: {
    DATABASE: { description: 'Committed in the logs database. Queries see them.' },
    SPOOL: { description: "Synced to the server's disk. They are stored in the database when it is available again." },
  } as const,
});

const IngestRejection = builder.objectRef<Rejection>('IngestRejection');
IngestRejection.implement({
  description: 'A record that has the right types but cannot be stored. The other records of the call are stored.',
  fields: (t) => ({
    index: t.exposeInt('at', { description: 'The index of the record in `logs`, from 0.' }),
    code: t.exposeString('code', {
      description:
        'For programs: TIMESTAMP_REQUIRED, TOO_OLD, IN_THE_FUTURE, INVALID_UID, INVALID_VALUE, JSON_TOO_DEEP, TOO_LARGE ...',
    }),
    reason: t.exposeString('reason', { description: 'For people: what was expected and what came.' }),
  }),
});

const IngestResult = builder.objectRef<Result>('IngestResult');
IngestResult.implement({
  description: 'The result of an ingest call.',
  fields: (t) => ({
    accepted: t.exposeInt('accepted', { description: 'The number of records that are safe now.' }),
    duplicates: t.exposeInt('duplicates', {
      nullable: true,
      description:
        'The number of accepted records that were accepted before. They are stored only once. Null if the durability is SPOOL.',
    }),
    rejected: t.expose('rejected', {
      type: [IngestRejection],
      description: 'The records that cannot be stored, in the order of `logs`.',
    }),
    durability: t.expose('durability', {
      type: Durability,
      nullable: true,
      description:
        'Where the accepted records are safe. SPOOL if any record was spooled. Null if no record was accepted.',
    }),
    cursor: t.field({
      type: 'TailCursor',
      nullable: true,
      description:
        'A tail from this cursor starts just after these records. A query that is sent after this response sees them. Null unless the durability is DATABASE.',
      resolve: ({ cursor }) => (cursor === null ? null : decodeTailCursor(cursor)),
    }),
  }),
});

builder.mutationField('ingest', (t) =>
  t.field({
    type: IngestResult,
    description:
      'Stores records. The response comes when they are safe. Records that cannot be stored are listed in `rejected`, and the others are stored.',
    args: {
      logs: t.arg({ type: [LogInput], required: true, description: `At most ${RECORDS_MAX} records.` }),
      idempotencyKey: t.arg.string({
        description: `Makes a repeated call safe. A second call with the same key within CURSOR_RETENTION, a day at least, returns the result of the first, and the records are stored only once. 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} characters. The same key with other records is an error.`,
      }),
    },
    resolve: (_, args, context) => ingestLogs(args, context),
  }),
);
