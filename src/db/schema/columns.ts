import type { LogRecord } from '../../log/record.ts';

/** Columns of `system_logs` that hold a field of a record as it is, in the order in which they are written and read. */
export const COLUMNS = {
  ts: 'timestamp',
  uid: 'uid',
  received_at: 'receivedAt',
  severity_number: 'severityNumber',
  message: 'message',
  service: 'service',
  component: 'component',
  action: 'action',
  host: 'host',
  environment: 'environment',
  deployment_version: 'deploymentVersion',
  correlation_id: 'correlationId',
  trace_id: 'traceId',
  span_id: 'spanId',
  pipeline_id: 'pipelineId',
  user_id: 'userId',
  duration_ms: 'durationMs',
  error_type: 'errorType',
  stack_trace: 'stackTrace',
  http_method: 'httpMethod',
  http_path: 'httpPath',
  http_status: 'httpStatus',
  http_user_agent: 'httpUserAgent',
  http_client_ip: 'httpClientIp',
  attributes: 'attributes',
} as const satisfies Record<string, keyof LogRecord>;

export type Column = keyof typeof COLUMNS;

const COLUMN_OF_FIELD = Object.fromEntries(Object.entries(COLUMNS).map(([column, field]) => [field, column])) as {
  [field in keyof LogRecord]: Column;
};

export const columnOf = (field: keyof LogRecord): Column => COLUMN_OF_FIELD[field];

/** A select list under which each row has these fields of a `LogRecord`: `sql.unsafe(selectList(fields))`. */
export const selectList = (fields: ReadonlySet<string>): string =>
  Object.entries(COLUMNS)
    .filter(([, field]) => fields.has(field))
    .map(([column, field]) => `${column} as "${field}"`)
    .join(', ');

/** A select list under which each row is a `LogRecord`. */
export const RECORD = selectList(new Set(Object.values(COLUMNS)));
