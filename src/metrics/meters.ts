import type { Counter, Registry } from './registry.ts';

/** How records arrive. */
export type Protocol =
  | 'http'
  | 'graphql'
  | 'redis'
  | 'otlp'
  | 'loki'
  | 'elasticsearch'
  | 'syslog'
  | 'gelf'
  | 'journald'
  | 'forward'
  | 'splunk'
  | 'datadog';
/** What database statements are for: the pools of `server.ts`. */
export type StatementKind =
  | 'query'
  | 'tail'
  | 'replay'
  | 'write'
  | 'cleanup'
  | 'maintenance'
  | 'health'
  | 'partitions'
  | 'keys'
  | 'alerts'
  | 'delivery';
export type OperationKind = 'query' | 'mutation' | 'subscription';

/** Counts the records of one protocol. */
export interface IngestMeter {
  accepted(counts: { records: number; bytes: number; duplicates: number }): void;
  rejected(code: string): void;
  failed(code: string): void;
}

function createIngestMeter(registry: Registry, protocol: Protocol): IngestMeter {
  const records = registry.counter('weir_ingest_records_total', protocol);
  const bytes = registry.counter('weir_ingest_bytes_total', protocol);
  const submissions = registry.counter('weir_ingest_submissions_total', protocol);
  const duplicates = registry.counter('weir_ingest_duplicates_total', protocol);
  const countOf = (name: 'weir_ingest_rejected_total' | 'weir_ingest_failed_total', code: string): Counter =>
    registry.counter(name, protocol, code);
  // An alert sees the first one only if the series was there before.
  for (const code of ['OVERLOADED', 'DATABASE_UNAVAILABLE']) countOf('weir_ingest_failed_total', code);
  countOf('weir_ingest_rejected_total', 'REFUSED_BY_DATABASE');
  return {
    accepted(counts) {
      records.value += counts.records;
      bytes.value += counts.bytes;
      duplicates.value += counts.duplicates;
      submissions.value++;
    },
    rejected: (code) => void countOf('weir_ingest_rejected_total', code).value++,
    failed: (code) => void countOf('weir_ingest_failed_total', code).value++,
  };
}

/** `route` is the path of a matched route, never the path that a client asked for. Null: none matched. */
export type ObserveResponse = (route: string | null, status: number, seconds: number) => void;

const UNMATCHED = 'unmatched';
const STATUSES = ['2xx', '3xx', '4xx', '5xx'] as const;

/** Every series is there from the start, so that no request can add one. */
function createResponseMeter(registry: Registry, routes: readonly string[]): ObserveResponse {
  const meters = new Map(
    [...routes, UNMATCHED].map((route) => [
      route,
      {
        duration: registry.histogram('weir_http_request_duration_seconds', route),
        byStatus: STATUSES.map((status) => registry.counter('weir_http_responses_total', route, status)),
      },
    ]),
  );
  return (route, status, seconds) => {
    const { duration, byStatus } = meters.get(route ?? UNMATCHED) ?? meters.get(UNMATCHED)!;
    duration.observe(seconds);
    const counter = byStatus[Math.floor(status / 100) - 2];
    if (counter) counter.value++;
  };
}

/** Counts what happens to tails. */
export interface TailMeter {
  skipped(records: number): void;
  replayed(from: 'cursor' | 'backfill'): void;
}

function createTailMeter(registry: Registry): TailMeter {
  const skipped = registry.counter('weir_tail_skipped_records_total');
  const replays = {
    cursor: registry.counter('weir_tail_replays_total', 'cursor'),
    backfill: registry.counter('weir_tail_replays_total', 'backfill'),
  };
  return {
    skipped: (records) => {
      skipped.value += records;
    },
    replayed: (from) => void replays[from].value++,
  };
}

/** Counts what happens to GraphQL operations, over HTTP and websockets. */
export interface GraphqlMeter {
  /** An operation was executed, or a subscription opened. */
  executed(kind: OperationKind, seconds: number): void;
  /** A client gets an error. */
  failed(code: string): void;
}

/** The codes of GraphQL errors. All are there from the start: an alert sees the first error only if its series was there before. */
const GRAPHQL_CODES = [
  ...['INTERNAL', 'QUERY_TIMEOUT', 'QUERY_CANCELED', 'OVERLOADED', 'DATABASE_UNAVAILABLE'],
  ...[
    'ARCHIVE_UNAVAILABLE',
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'BAD_REQUEST',
    'BAD_USER_INPUT',
    'NOT_ACCEPTABLE',
  ],
  ...['QUERY_SYNTAX', 'QUERY_TOO_COMPLEX', 'CURSOR_INVALID', 'CURSOR_EXPIRED', 'IDEMPOTENCY_CONFLICT'],
  ...['PERSISTED_QUERY_NOT_SUPPORTED', 'UNAUTHENTICATED', 'FORBIDDEN'],
];

function createGraphqlMeter(registry: Registry): GraphqlMeter {
  const durationOf = (kind: OperationKind) => registry.histogram('weir_graphql_operation_duration_seconds', kind);
  const durations = {
    query: durationOf('query'),
    mutation: durationOf('mutation'),
    subscription: durationOf('subscription'),
  };
  for (const code of GRAPHQL_CODES) registry.counter('weir_graphql_errors_total', code);
  return {
    executed: (kind, seconds) => durations[kind].observe(seconds),
    failed: (code) => void registry.counter('weir_graphql_errors_total', code).value++,
  };
}

/** Counts what becomes of alerts. */
export interface AlertMeter {
  evaluated(state: 'OK' | 'FIRING' | 'UNKNOWN', seconds: number): void;
  event(kind: 'FIRED' | 'RESOLVED'): void;
}

function createAlertMeter(registry: Registry): AlertMeter {
  const states = {
    OK: registry.counter('weir_alert_evaluations_total', 'ok'),
    FIRING: registry.counter('weir_alert_evaluations_total', 'firing'),
    UNKNOWN: registry.counter('weir_alert_evaluations_total', 'unknown'),
  };
  const events = {
    FIRED: registry.counter('weir_alert_events_total', 'fired'),
    RESOLVED: registry.counter('weir_alert_events_total', 'resolved'),
  };
  const duration = registry.histogram('weir_alert_evaluation_duration_seconds');
  return {
    evaluated(state, seconds) {
      states[state].value++;
      duration.observe(seconds);
    },
    event: (kind) => void events[kind].value++,
  };
}

export type DeliveryOutcome = 'delivered' | 'failed' | 'given_up';

/** Counts attempts to send notifications of alerts. */
export interface DeliveryMeter {
  attempted(kind: string, outcome: DeliveryOutcome): void;
}

function createDeliveryMeter(registry: Registry): DeliveryMeter {
  const countOf = (kind: string, outcome: DeliveryOutcome): Counter =>
    registry.counter('weir_alert_deliveries_total', kind.toLowerCase(), outcome);
  for (const kind of ['WEBHOOK', 'SLACK', 'EMAIL']) {
    for (const outcome of ['delivered', 'failed', 'given_up'] as const) countOf(kind, outcome);
  }
  return { attempted: (kind, outcome) => void countOf(kind, outcome).value++ };
}

/** Counts what archives, and what reads the archive. */
export interface ArchiveMeter {
  archived(seconds: number): void;
  failed(): void;
  /** A question to DuckDB ended; `code`: of its error. */
  answered(seconds: number, code: string | null): void;
  /** The program that runs DuckDB ended unexpectedly. */
  ended(): void;
}

function createArchiveMeter(registry: Registry): ArchiveMeter {
  const partitions = registry.counter('weir_archive_partitions_archived_total');
  const time = registry.counter('weir_archive_seconds_total');
  const failures = registry.counter('weir_archive_failures_total');
  const questions = registry.histogram('weir_archive_question_duration_seconds');
  const failed = (code: string): Counter => registry.counter('weir_archive_question_failures_total', code);
  for (const code of ['ARCHIVE_UNAVAILABLE', 'INTERNAL', 'OVERLOADED', 'QUERY_TIMEOUT', 'QUERY_TOO_COMPLEX'])
    failed(code);
  const ends = registry.counter('weir_archive_program_failures_total');
  return {
    archived(seconds) {
      partitions.value++;
      time.value += seconds;
    },
    failed: () => void failures.value++,
    answered(seconds, code) {
      questions.observe(seconds);
      if (code !== null) failed(code).value++;
    },
    ended: () => void ends.value++,
  };
}

type Observe = (seconds: number) => void;

/** Everything that is counted while the server works. Each part of the server gets its own meter. */
export interface Meters {
  ingest(protocol: Protocol): IngestMeter;
  /** Messages that a listener dropped. */
  dropped(protocol: Protocol, reason: string): Counter;
  /** A span was accepted and left out. */
  spanSkipped(): void;
  tails: TailMeter;
  alerts: AlertMeter;
  archive: ArchiveMeter;
  statements(kind: StatementKind): Observe;
  /** A model call has no known price. */
  unpricedCall(): void;
  graphql: GraphqlMeter;
  deliveries: DeliveryMeter;
  responses(routes: readonly string[]): ObserveResponse;
}

export function createMeters(registry: Registry): Meters {
  const skippedSpans = registry.counter('weir_otlp_spans_skipped_total');
  const unpricedCalls = registry.counter('weir_llm_unpriced_calls_total');
  return {
    ingest: (protocol) => createIngestMeter(registry, protocol),
    dropped: (protocol, reason) => registry.counter('weir_listener_dropped_total', protocol, reason),
    spanSkipped: () => void skippedSpans.value++,
    tails: createTailMeter(registry),
    alerts: createAlertMeter(registry),
    archive: createArchiveMeter(registry),
    statements: (kind) => registry.histogram('weir_statement_duration_seconds', kind).observe,
    unpricedCall: () => void unpricedCalls.value++,
    graphql: createGraphqlMeter(registry),
    deliveries: createDeliveryMeter(registry),
    responses: (routes) => createResponseMeter(registry, routes),
  };
}
