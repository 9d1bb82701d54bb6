import { type Answer, IDEMPOTENCY_KEY_LENGTH_MAX } from '../ingest/submission.ts';
import { decodeTailCursor } from '../log/cursor.ts';
import { FIELDS, type FieldName, fieldSpec, HTTP_FIELDS, OPTIONAL_TEXT } from '../log/fields.ts';
import type { HttpExchange } from '../log/http-exchange.ts';
import type { Rejection } from '../log/rejection.ts';
import { ingestLogs, RECORDS_MAX } from '../resolvers/ingest.ts';
import { builder } from './builder.ts';
import { LogLevel } from './level.ts';

const HttpExchangeInput = builder.inputType('HttpExchangeInput', {
  description: 'An HTTP request and its response, as far as they are known.',
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
    'One record to store; its fields are those of `Log`. A value of the wrong GraphQL type refuses the whole call: for lenient input, and for names as logging libraries write them, use `POST /ingest`.',
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
          "A UUID of the sender's own; it needs `timestamp` beside it (else rejected: TIMESTAMP_REQUIRED). The same uid and timestamp sent again are stored once.",
      }),
      timestamp: t.field({ type: 'DateTime', description: 'When it happened. Left out: now.' }),
      level: t.field({ type: LogLevel, description: 'How much it matters. Left out: INFO.' }),
      severityNumber: t.int({ description: 'OpenTelemetry severity number, 1 to 24. It wins over `level`.' }),
      message: t.string({ required: true, description: 'What it says, for people.' }),
      service: t.string({ description: 'Which program wrote it. Left out: `unknown_service`.' }),
      ...texts,
      durationMs: t.float({ description: 'How long it took, in milliseconds.' }),
      http: t.field({ type: HttpExchangeInput, description: 'The HTTP exchange that it tells of.' }),
      attributes: t.field({ type: 'JSON', description: 'Anything else: a JSON object.' }),
    };
  },
});

const Durability = builder.enumType('Durability', {
  description: 'Where accepted records are safe.',
  values: {
    DATABASE: { description: 'Committed in the logs database: queries see them.' },
    SPOOL: { description: "Synced to the server's own disk; they are stored in the database when it is back." },
  } as const,
});

const IngestRejection = builder.objectRef<Rejection>('IngestRejection');
IngestRejection.implement({
  description: 'A record of the right types that cannot be stored. The others of the call are not touched by it.',
  fields: (t) => ({
    index: t.exposeInt('at', { description: 'Its place in `logs`, from 0.' }),
    code: t.exposeString('code', {
      description:
        'For programs: TIMESTAMP_REQUIRED, TOO_OLD, IN_THE_FUTURE, INVALID_UID, INVALID_VALUE, JSON_TOO_DEEP, TOO_LARGE ...',
    }),
    reason: t.exposeString('reason', { description: 'For people: what was expected and what came.' }),
  }),
});

const IngestResult = builder.objectRef<Answer>('IngestResult');
IngestResult.implement({
  description: 'What became of the records of a call.',
  fields: (t) => ({
    accepted: t.exposeInt('accepted', { description: 'Records that are safe now.' }),
    duplicates: t.exposeInt('duplicates', {
      nullable: true,
      description:
        'Records among them that were accepted before: they count in `accepted` and are stored once. Null under SPOOL.',
    }),
    rejected: t.expose('rejected', {
      type: [IngestRejection],
      description: 'Records that cannot be stored, in the order of the call.',
    }),
    durability: t.expose('durability', {
      type: Durability,
      nullable: true,
      description: 'Where they are safe; SPOOL if any of them was spooled; null if none was accepted.',
    }),
    cursor: t.field({
      type: 'TailCursor',
      nullable: true,
      description:
        'A tail from here starts just after these records. A query sent after this answer sees them. Null unless DATABASE.',
      resolve: ({ cursor }) => (cursor === null ? null : decodeTailCursor(cursor)),
    }),
  }),
});

builder.mutationField('ingest', (t) =>
  t.field({
    type: IngestResult,
    description:
      'Stores records; answers when they are safe. One that cannot be stored is told under `rejected`, and the rest is stored.',
    args: {
      logs: t.arg({ type: [LogInput], required: true, description: `At most ${RECORDS_MAX} records.` }),
      idempotencyKey: t.arg.string({
        description: `For a sender that may repeat a call: the same key within a day is answered as the first time and stored once. 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} characters. The same key with other records is an error.`,
      }),
    },
    resolve: (_, args, context) => ingestLogs(args, context),
  }),
);
