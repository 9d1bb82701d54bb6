import type { FieldName } from './fields.ts';

interface SenderNames {
  field: Exclude<FieldName, 'receivedAt' | 'attributes'>;
  /**
   * How a value under these names is read, where the field alone does not say it: a level, a syslog priority, a duration with
   * its unit, a stack trace of several lines.
   */
  as?: 'level' | 'priority' | 'duration' | 'lines';
  names: string;
}

/**
 * The names of every field in what senders write, the most reliable first. `a.b` means the key `a.b`, and also `b` inside an
 * object `a`. `some_name` also means `someName`, `SomeName` and `some-name`; `name` also means `Name`. `/ingest` reads records by
 * them (`record-names`), and the search language knows them too.
 */
export const SENDER_NAMES: readonly SenderNames[] = [
  { field: 'uid', names: 'uid log.record.uid' },
  { field: 'timestamp', names: 'timestamp @timestamp time ts datetime date_time @t event_time' },
  { field: 'severityNumber', names: 'severity_number' },
  {
    field: 'severityNumber',
    as: 'level',
    names: 'level severity levelname level_name log.level severity_text log_level loglevel lvl @l',
  },
  { field: 'severityNumber', as: 'priority', names: 'priority' },
  {
    field: 'message',
    names: 'message msg event body @m short_message log err.message error.message exception.message',
  },
  { field: 'service', names: 'service service.name service_name' },
  { field: 'component', names: 'component logger log.logger logger_name logger.name name module' },
  { field: 'action', names: 'action event.action' },
  { field: 'host', names: 'host hostname host.name host.hostname host_name' },
  {
    field: 'environment',
    names: 'environment env deployment.environment.name deployment.environment service.environment',
  },
  { field: 'deploymentVersion', names: 'deployment_version service.version deployment.version service_version' },
  {
    field: 'correlationId',
    names: 'correlation_id request_id req_id x-correlation-id X-Correlation-ID x-request-id X-Request-ID',
  },
  { field: 'correlationId', names: 'correlation.id request.id req.id http.request.id' },
  { field: 'correlationId', names: 'req.headers.x-correlation-id req.headers.x-request-id' },
  { field: 'traceId', names: 'trace_id trace.id dd.trace_id otel_trace_id' },
  { field: 'spanId', names: 'span_id span.id dd.span_id otel_span_id' },
  { field: 'pipelineId', names: 'pipeline_id pipeline.id' },
  { field: 'userId', names: 'user_id user.id' },
  {
    field: 'userId',
    names: 'enduser.id ai.telemetry.metadata.userId traceloop.association.properties.user_id langfuse.user.id',
  },
  { field: 'durationMs', names: 'duration_ms response_time response_time_ms elapsed_ms latency_ms took_ms' },
  { field: 'durationMs', as: 'duration', names: 'duration elapsed latency took' },
  {
    field: 'errorType',
    names: 'error_type err.type error.type exception.type err.name error.name exception.name exception_type',
  },
  {
    field: 'stackTrace',
    names: 'stack_trace stacktrace stack err.stack error.stack error.stack_trace exception.stacktrace',
  },
  { field: 'stackTrace', names: 'exception.stack exception.stack_trace' },
  { field: 'stackTrace', as: 'lines', names: 'exception exc_info error err @x traceback' },
  { field: 'httpMethod', names: 'http.method http_method http.request.method req.method request.method' },
  {
    field: 'httpPath',
    names: 'http.path http_path url.path req.url req.path http.target http.url request.url request.path',
  },
  { field: 'httpStatus', names: 'http.status http_status http.status_code http.response.status_code http_status_code' },
  { field: 'httpStatus', names: 'res.status_code res.status response.status_code response.status status_code' },
  {
    field: 'httpUserAgent',
    names: 'http.user_agent http_user_agent user_agent.original req.headers.user-agent user_agent',
  },
  { field: 'httpUserAgent', names: 'req.user_agent request.headers.user-agent http.useragent' },
  {
    field: 'httpClientIp',
    names: 'http.client_ip client_ip client.address client.ip req.remote_address req.client_ip',
  },
  {
    field: 'httpClientIp',
    names: 'http.remote_address remote_address request.remote_address req.ip request.ip source.ip',
  },
];
