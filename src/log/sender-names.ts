import type { FieldName } from './fields.ts';

/**
 * How a value under a name is read, where the field alone does not say it. `level`: a word, or pino's number; `priority`, `pri`: syslog's
 * severity, or with its facility; other levels: by the numbers or words of that system. `epoch`: a time only as a number; `clock`: a
 * time only with hours. `seconds` ...: a duration of that unit; `duration`: only with its unit. `lines`: a stack trace only if it has
 * several lines. `verb`, `requestLine`: an HTTP method only where the value cannot be anything else. `lastPart`: what follows the last
 * slash.
 */
export type ReadAs =
  | 'level'
  | 'priority'
  | 'pri'
  | 'pythonLevel'
  | 'azureLevel'
  | 'windowsLevel'
  | 'postgresLevel'
  | 'epoch'
  | 'clock'
  | 'duration'
  | 'seconds'
  | 'micros'
  | 'nanos'
  | 'lines'
  | 'verb'
  | 'requestLine'
  | 'lastPart';

interface SenderNames {
  field: Exclude<FieldName, 'receivedAt' | 'attributes'>;
  as?: ReadAs;
  /** The value also stays where it was sent: the object around it is known to people as a whole. */
  kept?: true;
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
  {
    field: 'timestamp',
    names:
      'asctime time_millis timestamp_ms time_ms ts_ms instant _time t time_generated time_created time_iso8601 time_local msec ' +
      'log_time log_timestamp event_timestamp observed_timestamp syslog_timestamp timereported timegenerated ISODATE ' +
      '__REALTIME_TIMESTAMP StartUTC StartLocal startTime stageTimestamp TIMESTAMP _meta.date',
  },
  { field: 'timestamp', as: 'epoch', names: 'created' },
  { field: 'timestamp', as: 'clock', names: 'date' },
  { field: 'severityNumber', names: 'severity_number' },
  {
    field: 'severityNumber',
    as: 'level',
    names:
      'level severity levelname level_name log.level severity_text log_level loglevel lvl @l @level level_display_name ' +
      'severity_label severity_name syslog_severity syslogseverity-text level.name level.levelStr _meta.logLevelName LEVEL',
  },
  { field: 'severityNumber', as: 'pythonLevel', names: 'levelno' },
  { field: 'severityNumber', as: 'azureLevel', names: 'severity_level' },
  { field: 'severityNumber', as: 'postgresLevel', names: 'error_severity' },
  { field: 'severityNumber', as: 'priority', names: 'priority PRIORITY syslogseverity' },
  { field: 'severityNumber', as: 'pri', names: 'pri' },
  {
    field: 'message',
    names:
      'message msg event body @m short_message log err.message error.message exception.message @message formatted_message MESSAGE ' +
      '_msg fields.message log_message event_message syslog_message error_message',
  },
  {
    field: 'service',
    names:
      'service service.name service_name serviceContext.service app_name application_name application app app.name ' +
      'application.name app_role_name cloud_RoleName dd.service spring.application.name',
  },
  {
    field: 'component',
    names:
      'component logger log.logger logger_name logger.name name module @module SourceContext Category category_name programname ' +
      'program PROGRAM appname app-name SYSLOG_IDENTIFIER syslog_program provider_name winlog.provider_name source_name ' +
      'InstrumentationScope.Name _meta.name backend_type subsystem',
  },
  { field: 'action', names: 'action event.action' },
  {
    field: 'host',
    names:
      'host hostname host.name host.hostname host_name _HOSTNAME HOST machine_name computer_name computer winlog.computer_name ' +
      'fromhost logsource syslog_hostname app_role_instance cloud_RoleInstance',
  },
  {
    field: 'environment',
    names:
      'environment env deployment.environment.name deployment.environment service.environment environment_name dd.env',
  },
  {
    field: 'deploymentVersion',
    names: 'deployment_version service.version deployment.version service_version serviceContext.version dd.version',
  },
  {
    field: 'correlationId',
    names: 'correlation_id request_id req_id x-correlation-id X-Correlation-ID x-request-id X-Request-ID',
  },
  { field: 'correlationId', names: 'correlation.id request.id req.id http.request.id' },
  { field: 'correlationId', names: 'req.headers.x-correlation-id req.headers.x-request-id' },
  {
    field: 'correlationId',
    names: 'correlationID requestID RequestID function_request_id aws_request_id awsRequestId auditID',
  },
  {
    field: 'traceId',
    names: 'trace_id trace.id dd.trace_id otel_trace_id traceID TraceID @tr otelTraceID operation_Id',
  },
  { field: 'spanId', names: 'span_id span.id dd.span_id otel_span_id spanID SpanID @sp otelSpanID' },
  { field: 'pipelineId', names: 'pipeline_id pipeline.id' },
  { field: 'userId', names: 'user_id user.id userID UserID usr.id' },
  {
    field: 'userId',
    names: 'enduser.id ai.telemetry.metadata.userId traceloop.association.properties.user_id langfuse.user.id',
  },
  {
    field: 'durationMs',
    names:
      'duration_ms response_time response_time_ms elapsed_ms latency_ms took_ms elapsed_milliseconds duration_millis ' +
      'request_time_ms time_taken_ms',
  },
  { field: 'durationMs', as: 'duration', names: 'duration elapsed latency took' },
  {
    field: 'errorType',
    names:
      'error_type err.type error.type exception.type err.name error.name exception.name exception_type thrown.name error.class ' +
      'error.kind error_class exception_class exception.class exception.exception_type throwable.class_name',
  },
  {
    field: 'stackTrace',
    names: 'stack_trace stacktrace stack err.stack error.stack error.stack_trace exception.stacktrace',
  },
  {
    field: 'stackTrace',
    names:
      'exception.stack exception.stack_trace thrown.extended_stack_trace thrown.stack_trace throwable.step_array exception.frames ' +
      'exception.trace exception.backtrace error.backtrace error.stacktrace backtrace',
  },
  { field: 'stackTrace', as: 'lines', names: 'exception exc_info error err @x traceback thrown throwable' },
  { field: 'httpMethod', names: 'http.method http_method http.request.method req.method request.method' },
  { field: 'httpMethod', names: 'request_method httpRequest.requestMethod' },
  {
    field: 'httpPath',
    names: 'http.path http_path url.path req.url req.path http.target http.url request.url request.path',
  },
  { field: 'httpPath', names: 'request.uri request_uri requestURI request_path url.original httpRequest.requestUrl' },
  { field: 'httpStatus', names: 'http.status http_status http.status_code http.response.status_code http_status_code' },
  { field: 'httpStatus', names: 'res.status_code res.status response.status_code response.status status_code' },
  { field: 'httpStatus', names: 'downstream_status httpRequest.status responseStatus.code' },
  {
    field: 'httpUserAgent',
    names: 'http.user_agent http_user_agent user_agent.original req.headers.user-agent user_agent',
  },
  { field: 'httpUserAgent', names: 'req.user_agent request.headers.user-agent http.useragent' },
  {
    field: 'httpUserAgent',
    names: 'request.headers.User-Agent request_User-Agent httpRequest.userAgent',
  },
  {
    field: 'httpClientIp',
    names: 'http.client_ip client_ip client.address client.ip req.remote_address req.client_ip',
  },
  {
    field: 'httpClientIp',
    names: 'http.remote_address remote_address request.remote_address req.ip request.ip source.ip',
  },
  {
    field: 'httpClientIp',
    names:
      'request.client_ip request.remote_ip request.remote_addr httpRequest.remoteIp remote_addr remote_ip ClientHost ' +
      'caller_ip_address',
  },
];

/**
 * More names, which the search language does not know: of durations with a unit of their own, and inside the objects of collectors and
 * libraries. They are less reliable than all others.
 */
export const MORE_SENDER_NAMES: readonly SenderNames[] = [
  {
    field: 'timestamp',
    names: 'time_stamp utc_time time_utc timestamp_utc written_at logged_at epoch_millis epoch_ms unix_time',
  },
  { field: 'timestamp', as: 'epoch', names: 'epoch' },
  // Events of Windows as XML was turned into JSON.
  { field: 'timestamp', names: 'Event.System.TimeCreated.#attributes.SystemTime' },
  { field: 'severityNumber', as: 'windowsLevel', names: 'Event.System.Level' },
  { field: 'component', names: 'Event.System.Provider.#attributes.Name' },
  { field: 'host', names: 'Event.System.Computer' },
  { field: 'traceId', as: 'lastPart', names: 'logging.googleapis.com/trace' },
  { field: 'spanId', names: 'logging.googleapis.com/spanId' },
  {
    field: 'durationMs',
    as: 'seconds',
    names: 'duration_s duration_seconds elapsed_seconds elapsed_s took_s request_time httpRequest.latency',
  },
  { field: 'durationMs', as: 'micros', names: 'duration_us elapsed_us duration_micros' },
  { field: 'durationMs', as: 'nanos', names: 'event.duration duration_ns elapsed_ns duration_nanos' },
  { field: 'durationMs', names: 'attr.durationMillis latencies.request record.metrics.durationMs' },
  { field: 'service', names: 'resource.attributes.service.name resource.service.name Resource.service.name' },
  {
    field: 'service',
    kept: true,
    names:
      'kubernetes.labels.app.kubernetes.io/name kubernetes.labels.app kubernetes.labels.k8s-app kubernetes.pod_labels.app ' +
      'kubernetes.labels.app_kubernetes_io/name kubernetes.pod_labels.app.kubernetes.io/name',
  },
  { field: 'component', names: 'Properties.SourceContext' },
  { field: 'component', kept: true, names: 'kubernetes.container_name kubernetes.container.name' },
  { field: 'host', kept: true, names: 'kubernetes.pod_name kubernetes.pod.name' },
  {
    field: 'deploymentVersion',
    kept: true,
    names: 'kubernetes.labels.app.kubernetes.io/version kubernetes.pod_labels.app.kubernetes.io/version',
  },
  // An error that a function of AWS Lambda throws, in its log in JSON.
  { field: 'message', names: 'message.errorMessage' },
  { field: 'errorType', names: 'context.exception.class message.errorType' },
  { field: 'stackTrace', names: 'context.exception.trace message.stackTrace' },
  { field: 'correlationId', names: 'record.requestId' },
  { field: 'httpMethod', as: 'verb', names: 'method verb' },
  { field: 'httpMethod', as: 'requestLine', names: 'request' },
];

/** Objects that loggers put around what an application says beside the message: ids inside mean what they mean outside. */
export const CONTEXT_NAMES = 'contextMap mdc MDC context extra fields properties Properties metadata labels';
export const CONTEXT_FIELDS: readonly SenderNames['field'][] = [
  'correlationId',
  'traceId',
  'spanId',
  'userId',
  'pipelineId',
];
