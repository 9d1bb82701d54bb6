import type { JsonObject } from './json.ts';

/** What the table says about a field. */
interface FieldSpec {
  /** Its column in `system_logs`. */
  column: string;
  kind: 'text' | 'number' | 'json' | 'time' | 'uid';
  /** A record may lack it: null. */
  nullable?: true;
  /** Text that has an index, or may get one. It is at most `INDEXED_TEXT_BYTES_MAX` long; a longer one moves to `attributes`. */
  indexed?: true;
  /** Its name in the search language. */
  search?: string;
  /** Its list in `LogFilter`. */
  list?: string;
  /** Its name in `LogField`: `facets` counts its values. */
  facet?: string;
  /** Its name in `SurroundingField`. */
  surrounding?: string;
  /** Its name within `Log.http`. Other fields stand in `Log` itself. */
  http?: string;
  /** Markdown, for the API's schema. */
  description: string;
}

/**
 * Every field of a record, in the order in which columns are written and read. The columns, the search language, the lists of
 * `LogFilter`, the facets, the API's types and the command line follow from this table. A new searchable text field needs a
 * migration, an entry here, its place in `writeRow` of `db/write/copy.ts`, and the names that senders use for it (`sender-names.ts`).
 */
export const FIELDS = {
  timestamp: { column: 'ts', kind: 'time', description: 'When it happened, as the sender says.' },
  uid: {
    column: 'uid',
    kind: 'uid',
    search: 'uid',
    description:
      'OpenTelemetry `log.record.uid`: a UUID in lower case. The sender gave it, or the server generated it (UUIDv7).',
  },
  receivedAt: { column: 'received_at', kind: 'time', description: 'When the server received the record.' },
  severityNumber: {
    column: 'severity_number',
    kind: 'number',
    search: 'severityNumber',
    description: 'OpenTelemetry severity number, 1 to 24. It is finer than `level`.',
  },
  message: { column: 'message', kind: 'text', search: 'message', description: 'What the record says, for people.' },
  service: {
    column: 'service',
    kind: 'text',
    indexed: true,
    search: 'service',
    list: 'services',
    facet: 'SERVICE',
    surrounding: 'SERVICE',
    description:
      'The program that wrote the record (OpenTelemetry `service.name`). `unknown_service` if the sender names none.',
  },
  component: {
    column: 'component',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'component',
    list: 'components',
    facet: 'COMPONENT',
    surrounding: 'COMPONENT',
    description: 'The part of the program: the name of a logger, a module, an OpenTelemetry scope.',
  },
  action: {
    column: 'action',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'action',
    list: 'actions',
    facet: 'ACTION',
    description: 'What the program was doing: `create_job`, or the method and path of an HTTP request.',
  },
  host: {
    column: 'host',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'host',
    list: 'hosts',
    facet: 'HOST',
    surrounding: 'HOST',
    description: 'The machine or container that the program ran on.',
  },
  environment: {
    column: 'environment',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'environment',
    list: 'environments',
    facet: 'ENVIRONMENT',
    description: 'OpenTelemetry `deployment.environment.name`: `production`, `staging` ...',
  },
  deploymentVersion: {
    column: 'deployment_version',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'deploymentVersion',
    list: 'deploymentVersions',
    facet: 'DEPLOYMENT_VERSION',
    description: 'OpenTelemetry `service.version`: the release of the program.',
  },
  correlationId: {
    column: 'correlation_id',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'correlationId',
    list: 'correlationIds',
    facet: 'CORRELATION_ID',
    surrounding: 'CORRELATION_ID',
    description: 'All records of one request or job share it, across services. See `correlation`.',
  },
  traceId: {
    column: 'trace_id',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'traceId',
    list: 'traceIds',
    facet: 'TRACE_ID',
    surrounding: 'TRACE_ID',
    description: 'The distributed trace that the record belongs to.',
  },
  spanId: {
    column: 'span_id',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'spanId',
    description: 'The span within the trace.',
  },
  pipelineId: {
    column: 'pipeline_id',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'pipelineId',
    list: 'pipelineIds',
    facet: 'PIPELINE_ID',
    surrounding: 'PIPELINE_ID',
    description: 'The run of a data pipeline that the record belongs to. See `Query.pipeline`.',
  },
  userId: {
    column: 'user_id',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'userId',
    list: 'userIds',
    facet: 'USER_ID',
    surrounding: 'USER_ID',
    description: 'The user for whom the program acted.',
  },
  durationMs: {
    column: 'duration_ms',
    kind: 'number',
    nullable: true,
    search: 'durationMs',
    description: 'How long it took, in milliseconds.',
  },
  errorType: {
    column: 'error_type',
    kind: 'text',
    nullable: true,
    indexed: true,
    search: 'errorType',
    list: 'errorTypes',
    facet: 'ERROR_TYPE',
    description: 'Class or code of the error: `TimeoutError`, `ECONNRESET` ...',
  },
  stackTrace: {
    column: 'stack_trace',
    kind: 'text',
    nullable: true,
    search: 'stackTrace',
    description: "The stack trace of the error, as the program's language prints it.",
  },
  httpMethod: {
    column: 'http_method',
    kind: 'text',
    nullable: true,
    search: 'http.method',
    http: 'method',
    description: 'The request method: `GET`, `POST` ...',
  },
  httpPath: {
    column: 'http_path',
    kind: 'text',
    nullable: true,
    search: 'http.path',
    http: 'path',
    description: 'Path of the request, with its query if the sender gave it.',
  },
  httpStatus: {
    column: 'http_status',
    kind: 'number',
    nullable: true,
    search: 'http.status',
    http: 'status',
    description: 'Status code of the response.',
  },
  httpUserAgent: {
    column: 'http_user_agent',
    kind: 'text',
    nullable: true,
    search: 'http.userAgent',
    http: 'userAgent',
    description: "The client's `User-Agent` header.",
  },
  httpClientIp: {
    column: 'http_client_ip',
    kind: 'text',
    nullable: true,
    search: 'http.clientIp',
    http: 'clientIp',
    description: 'Address of the client.',
  },
  attributes: {
    column: 'attributes',
    kind: 'json',
    description: 'Everything else that the sender sent: a JSON object. Search it with `attributes.key:value`.',
  },
} as const satisfies Record<string, FieldSpec>;

type Specs = typeof FIELDS;
export type FieldName = keyof Specs;

type ValueOf<Spec extends FieldSpec> =
  | (Spec['kind'] extends 'number' ? number : Spec['kind'] extends 'json' ? JsonObject : string)
  | (Spec extends { nullable: true } ? null : never);

/** The values of a record's fields in their stored form. */
export type FieldValues = { -readonly [field in FieldName]: ValueOf<Specs[field]> };

/** The fields whose entry has these properties. */
export type FieldWith<Properties extends Partial<FieldSpec>> = {
  [field in FieldName]: Specs[field] extends Properties ? field : never;
}[FieldName];

export const FIELD_NAMES = Object.keys(FIELDS) as readonly FieldName[];

/** The entry without its literal types, for code that reads any of them. */
export const fieldSpec = (field: FieldName): FieldSpec => FIELDS[field];

/** The fields whose entry has these properties, in the order of the table. */
export const fieldsWith = <const Properties extends Partial<FieldSpec>>(
  properties: Properties,
): readonly FieldWith<Properties>[] =>
  FIELD_NAMES.filter((field) =>
    Object.entries(properties).every(([name, value]) => fieldSpec(field)[name as keyof FieldSpec] === value),
  ) as FieldWith<Properties>[];

type OptionalText = Exclude<FieldWith<{ kind: 'text'; nullable: true }>, FieldWith<{ http: string }>>;
/** The text fields that a record may lack, without those of its HTTP exchange. */
export const OPTIONAL_TEXT = fieldsWith({ kind: 'text', nullable: true }).filter(
  (field): field is OptionalText => fieldSpec(field).http === undefined,
);

type NameKey = 'list' | 'facet' | 'surrounding' | 'http';
type FieldOfName<Key extends NameKey> = {
  readonly [field in FieldName as Specs[field] extends { [key in Key]: infer Name extends string }
    ? Name
    : never]: field;
};

const fieldOfName = <Key extends NameKey>(key: Key): FieldOfName<Key> =>
  Object.fromEntries(
    FIELD_NAMES.flatMap((field) => {
      const name = fieldSpec(field)[key];
      return name === undefined ? [] : [[name, field]];
    }),
  ) as FieldOfName<Key>;

/** The fields that have a list in `LogFilter`, by the name of the list. */
export const LIST_FIELDS = fieldOfName('list');
/** The fields of `LogField`, by their names there. */
export const FACET_FIELDS = fieldOfName('facet');
/** The fields of `SurroundingField`, by their names there. */
export const SURROUNDING_FIELDS = fieldOfName('surrounding');
/** The fields of the HTTP exchange, by their names there. */
export const HTTP_FIELDS = fieldOfName('http');
