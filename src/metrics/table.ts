export interface Metric {
  type: 'counter' | 'gauge' | 'histogram';
  /** What it is, and what an alert on it means. */
  help: string;
  labels?: readonly string[];
}

/**
 * Every metric of `/metrics`. docs/operations.md has the same table; a test compares them. Names as Prometheus recommends: the
 * base unit last, `_total` for what only grows.
 */
export const METRICS = {
  weir_ingest_records_total: {
    type: 'counter',
    labels: ['protocol'],
    help: 'Records that were accepted, with duplicates. If the rate falls to 0 while senders run, they cannot reach this server or are rejected.',
  },
  weir_ingest_bytes_total: {
    type: 'counter',
    labels: ['protocol'],
    help: 'Approximate size of the accepted records in memory. A sudden rise is a sender that logs far more than before.',
  },
  weir_ingest_submissions_total: {
    type: 'counter',
    labels: ['protocol'],
    help: 'Groups of records that were accepted together: small requests, parts of large ones, reads of the queue. Many for few records: senders should batch.',
  },
  weir_ingest_duplicates_total: {
    type: 'counter',
    labels: ['protocol'],
    help: 'Accepted records that were stored before, and are not stored again. A steady rate means that a sender does not get responses in time and retries.',
  },
  weir_ingest_rejected_total: {
    type: 'counter',
    labels: ['protocol', 'code'],
    help: 'Records that were rejected for what they contain, by the code that their sender got. They are not stored: correct the sender.',
  },
  weir_ingest_failed_total: {
    type: 'counter',
    labels: ['protocol', 'code'],
    help: 'Requests (of the Redis queue: attempts) that were not accepted, or only in part, by error code. OVERLOADED and DATABASE_UNAVAILABLE are faults of this server: senders must retry.',
  },
  weir_listener_dropped_total: {
    type: 'counter',
    labels: ['protocol', 'reason'],
    help: 'Messages of a listener (syslog, GELF, forward) that were dropped. full, kernel: datagrams came faster than they were stored; refused: its key does not hold. Its senders do not know.',
  },
  weir_listener_connections: {
    type: 'gauge',
    labels: ['protocol'],
    help: 'Open connections of the listeners that are not HTTP. At CONNECTIONS_MAX new ones are refused.',
  },
  weir_otlp_spans_skipped_total: {
    type: 'counter',
    help: 'Spans sent to /v1/traces that tell of no model call: they are accepted and not stored. A high rate: filter them at the sender, or send all spans to a store of traces.',
  },
  weir_llm_unpriced_calls_total: {
    type: 'counter',
    help: 'Model calls with tokens whose cost neither the sender nor a price list said: their cost is null. Add the model to the file of LLM_PRICES.',
  },
  weir_stored_records_total: {
    type: 'counter',
    labels: ['from'],
    help: 'Records that writers have stored in the database, from senders and from the spool. No growth while records are accepted: they go to the spool.',
  },
  weir_stored_batches_total: {
    type: 'counter',
    labels: ['from'],
    help: 'Transactions that stored records, from senders and from the spool. Few records in each under high load: look at weir_writers_busy.',
  },
  weir_saved_search_records_total: {
    type: 'counter',
    labels: ['search'],
    help: 'Records that this server stored since it started and that match a saved search with metric. Alert on its rate.',
  },
  weir_alert_evaluations_total: {
    type: 'counter',
    labels: ['state'],
    help: 'Evaluations of alerts by this server, by what they found. unknown: the alert could not be evaluated, see its error. No growth on any server while alerts are enabled: none evaluates.',
  },
  weir_alert_evaluation_duration_seconds: {
    type: 'histogram',
    help: 'Time of one evaluation, with writing what it found. Times the number of alerts, divided by 4, it must stay below a minute.',
  },
  weir_alert_events_total: {
    type: 'counter',
    labels: ['kind'],
    help: 'FIRED and RESOLVED events that this server wrote.',
  },
  weir_alert_evaluator: {
    type: 'gauge',
    help: '1 if this server evaluates the alerts. Over all servers of a database the sum is 1: at 0 for a minute, none does.',
  },
  weir_alert_deliveries_total: {
    type: 'counter',
    labels: ['kind', 'outcome'],
    help: 'Attempts to send notifications of alerts. failed: it is tried again; given_up: it is not. Above 0: a notifier does not work, see health.',
  },
  weir_alert_deliveries_waiting: {
    type: 'gauge',
    help: 'Notifications of alerts that are not delivered yet, counted up to 10000. Above 0 for minutes: a target does not take them, or alerts are silenced.',
  },
  weir_http_request_duration_seconds: {
    type: 'histogram',
    labels: ['route'],
    help: 'Time from a request to the start of its response, by matched route. A slow /ingest means a slow database; a slow /graphql, expensive queries.',
  },
  weir_http_responses_total: {
    type: 'counter',
    labels: ['route', 'status'],
    help: 'Responses by matched route and class of status. 5xx: this server failed; 4xx: a client sends what cannot be used.',
  },
  weir_graphql_operation_duration_seconds: {
    type: 'histogram',
    labels: ['kind'],
    help: 'Time to execute GraphQL operations, over HTTP and websockets; of a subscription, the time to open it. Slow queries: see QUERY_TIMEOUT in the settings.',
  },
  weir_graphql_errors_total: {
    type: 'counter',
    labels: ['code'],
    help: 'Errors in GraphQL results, by code. Their HTTP status may be 200. INTERNAL: a fault of Weir, see its log. QUERY_TIMEOUT, OVERLOADED: queries are too expensive or too many.',
  },
  weir_queue_records: {
    type: 'gauge',
    help: 'Records in memory that wait to be stored or are being stored. A constant high value: the database is slower than the senders.',
  },
  weir_queue_bytes: {
    type: 'gauge',
    help: 'Approximate size of the records that wait in memory. At INGEST_BUFFER_BYTES new requests get 503.',
  },
  weir_queue_limit_bytes: {
    type: 'gauge',
    help: 'INGEST_BUFFER_BYTES. Compare with weir_queue_bytes.',
  },
  weir_queue_oldest_age_seconds: {
    type: 'gauge',
    help: 'How long the oldest record has waited in memory. Above some seconds, senders wait that long for their response.',
  },
  weir_redis_queue_records: {
    type: 'gauge',
    help: 'Entries of the Redis queue that no server has stored. Absent if Redis does not respond. Growth: servers store less than senders add.',
  },
  weir_redis_queue_oldest_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest entry of the Redis queue. Absent if Redis does not respond. Growth: the queue is not read.',
  },
  weir_redis_queue_up: {
    type: 'gauge',
    help: '1 if this server can read the Redis queue. 0: its records wait in Redis.',
  },
  weir_spool_bytes: {
    type: 'gauge',
    help: 'Size of the spool on disk. Above 0 for long: the database was away, or replay does not progress.',
  },
  weir_spool_batches: {
    type: 'gauge',
    help: 'Batches on disk that wait for the database. If it does not fall while weir_database_up is 1, see health.',
  },
  weir_spool_segments: {
    type: 'gauge',
    help: 'Files of the spool. At FALLBACK_MAX_FILES senders get 503.',
  },
  weir_spool_limit_segments: {
    type: 'gauge',
    help: 'FALLBACK_MAX_FILES. Compare with weir_spool_segments.',
  },
  weir_spool_oldest_age_seconds: {
    type: 'gauge',
    help: 'How long the oldest spooled batch has waited. 0 if the spool is empty.',
  },
  weir_dead_letter_bytes: {
    type: 'gauge',
    help: 'Size of the rejected records that were set aside on disk. Above 0: a person must look at them.',
  },
  weir_breaker_state: {
    type: 'gauge',
    labels: ['state'],
    help: '1 for the state of the circuit breaker. Not closed: the database does not store records, and they go to the spool.',
  },
  weir_writers: { type: 'gauge', help: 'Writers: LOG_THREAD_POOL_SIZE.' },
  weir_writers_busy: {
    type: 'gauge',
    help: 'Writers that are storing a batch or trying again. Always all: the database or the number of writers is the limit of ingest.',
  },
  weir_tails_open: {
    type: 'gauge',
    help: 'Open tails on this server.',
  },
  weir_subscriptions_open: {
    type: 'gauge',
    help: 'Open GraphQL subscriptions, with tails. At SUBSCRIPTIONS_MAX new ones are refused.',
  },
  weir_tail_skipped_records_total: {
    type: 'counter',
    help: 'Records that tails lost because their client was too slow. The client learns how many. A steady rate: narrow its filter.',
  },
  weir_tail_replays_total: {
    type: 'counter',
    labels: ['from'],
    help: 'Tails that began with stored records: after a cursor (a reconnect), or with a backfill. A high rate of cursor: connections break.',
  },
  weir_statement_duration_seconds: {
    type: 'histogram',
    labels: ['kind'],
    help: 'Time of database statements, with failed ones, by what they are for; of write, one transaction that stores a batch. A rise shows which work the database slows down.',
  },
  weir_database_up: {
    type: 'gauge',
    help: '1 if the database responded within the last seconds. 0: records go to the spool, queries fail, and the metrics of the database are absent.',
  },
  weir_database_size_bytes: {
    type: 'gauge',
    help: 'Size of the logs database on disk. Use its growth to plan the disk. Set LOG_RETENTION to bound it.',
  },
  weir_partitions: {
    type: 'gauge',
    labels: ['state'],
    help: 'Partitions of the records; those of archived ones are of the archive. Many open ones: records of scattered times, or sealing does not progress.',
  },
  weir_partitions_seal_due: {
    type: 'gauge',
    help: 'Open partitions whose time ended more than an hour ago. Searches in them are slow. Above 0 for hours: sealing fails or ingest is always busy.',
  },
  weir_partitions_seal_lag_seconds: {
    type: 'gauge',
    help: 'Time since the oldest open partition was due to be sealed. 0 if none is due. Hours: see the log for "a partition could not be sealed".',
  },
  weir_archive_bytes: {
    type: 'gauge',
    help: 'Size of the files of the archive. Growth is what ARCHIVE_AFTER moves out of the database. LOG_RETENTION bounds it.',
  },
  weir_archive_rows: {
    type: 'gauge',
    help: 'Records in the files of the archive, with those that clean-ups have removed and that the next rewrite leaves out.',
  },
  weir_archive_files: { type: 'gauge', help: 'Files of the archive.' },
  weir_archive_files_damaged: {
    type: 'gauge',
    help: 'Files of the archive that this server found missing, cut or changed. Absent without ARCHIVE_DIR. Above 0: questions that need them fail, see health.',
  },
  weir_archive_partitions_due: {
    type: 'gauge',
    help: 'Sealed partitions older than ARCHIVE_AFTER that are still in the database. Absent without ARCHIVE_AFTER. Above 0 for a day: archiving fails or is too slow.',
  },
  weir_archive_partitions_archived_total: {
    type: 'counter',
    help: 'Partitions that this server has archived. No growth on any server while weir_archive_partitions_due is above 0: archiving does not progress.',
  },
  weir_archive_seconds_total: {
    type: 'counter',
    help: 'Time in which this server archived partitions, from the first read to the commit. A rate near 1: it archives all the time, and may not keep up.',
  },
  weir_archive_failures_total: {
    type: 'counter',
    help: 'Attempts to archive a partition that failed. The partition stays in the database. A steady rate: see ARCHIVING_FAILS in health.',
  },
  weir_archive_question_duration_seconds: {
    type: 'histogram',
    help: 'Time of questions to DuckDB over files of the archive, with their wait and with failed ones. A rise: the disk of the archive is slow, or questions are many.',
  },
  weir_archive_question_failures_total: {
    type: 'counter',
    labels: ['code'],
    help: 'Questions to DuckDB that failed, by error code. ARCHIVE_UNAVAILABLE: a file is missing, cut or changed. INTERNAL: see the log.',
  },
  weir_archive_program_failures_total: {
    type: 'counter',
    help: 'Times that the program that runs DuckDB ended unexpectedly. Its questions failed, and the next one starts it again. Above 0: see the log, and the memory of the machine.',
  },
  weir_rollup_deltas: {
    type: 'gauge',
    help: 'Counts of records and sums of model calls that are not merged into rollups yet, counted up to 100000. A few thousand are usual. At 100000 counting queries are slow.',
  },
  weir_rollup_gaps: {
    type: 'gauge',
    help: 'Time spans without rollups of records or of model calls, counted up to 10000. Growth: records of scattered times arrive faster than gaps are filled.',
  },
  weir_self_log_records_total: {
    type: 'counter',
    help: 'Lines of the log of this server that were stored as records (SELF_LOG).',
  },
  weir_self_log_dropped_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Lines of the log of this server that were not stored as records (SELF_LOG). They are on stderr. full: too many at once; busy: ingest was busy; failed: ingest rejected them; loop: they were about ingest itself.',
  },
  weir_event_loop_delay_seconds: {
    type: 'histogram',
    help: 'How late a timer ran that is due every 100 ms. Above 0.1 s: this process is busy, and all requests wait that long.',
  },
  weir_event_loop_active_seconds_total: {
    type: 'counter',
    help: 'Time the event loop was not idle. A rate near 1: one core is the limit of this process.',
  },
  weir_heap_used_bytes: {
    type: 'gauge',
    help: 'JavaScript heap in use. Close to weir_heap_limit_bytes for minutes: the process may run out of memory.',
  },
  weir_heap_limit_bytes: {
    type: 'gauge',
    help: 'The largest JavaScript heap that Node allows.',
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Memory of the process, with buffers outside of the heap. It must stay below the limit of its container.',
  },
  process_cpu_seconds_total: { type: 'counter', help: 'CPU time of the process, user and system.' },
  process_start_time_seconds: {
    type: 'gauge',
    help: 'When the process started, in seconds since 1970. A change is a restart.',
  },
  weir_build_info: {
    type: 'gauge',
    labels: ['version', 'node'],
    help: '1, with the versions of Weir and Node. Two versions at once: an upgrade is not complete.',
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
type OfType<Type extends Metric['type']> = {
  [name in MetricName]: (typeof METRICS)[name]['type'] extends Type ? name : never;
}[MetricName];
export type CounterName = OfType<'counter'>;
export type HistogramName = OfType<'histogram'>;

export const metricNamed = (name: MetricName): Metric => METRICS[name];
