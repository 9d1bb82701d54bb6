/**
 * Every code of `Health.problems` with its meaning. The codes stay the same in later versions, and new ones may be added.
 * `docs/troubleshooting.md` says for each what to do.
 */
export const HEALTH_CODES = {
  DATABASE_UNAVAILABLE: 'The logs database does not respond.',
  DATABASE_AWAITED: 'The logs database was away when the server started. Records go to the spool until it comes.',
  SCHEMA_INCOMPLETE: 'Tables, indexes or extensions are missing from the logs database.',
  DATABASE_UNSAFE: 'PostgreSQL runs with settings under which a crash may lose stored records.',
  QUEUE_CRITICAL: 'Very many records wait to be stored, and have waited for more than ten seconds.',
  QUEUE_SLOW: 'Many records wait to be stored, and have waited for more than a second.',
  QUEUE_UNREADABLE: 'The server cannot read the queue in Redis.',
  BREAKER_OPEN: 'The logs database does not store records. They go to the spool, or senders are rejected.',
  SPOOL_REPLAYING: 'The server moves spooled records to the logs database.',
  SPOOL_BLOCKED:
    'Some spooled batches cannot be read, or their rejected records cannot be set aside. They are tried again.',
  SPOOL_DAMAGED: 'Parts of spool segments cannot be read.',
  SPOOL_UNREADABLE: 'Spool segments have the format of another version of Weir.',
  SPOOL_FULL: 'The spool has reached FALLBACK_MAX_FILES segments.',
  SPOOL_DISK_FULL: 'The disk of the spool is full.',
  SPOOL_UNWRITABLE: 'The server cannot write to the spool folder.',
  DEAD_LETTERS: 'Rejected records were set aside in the spool folder.',
  OPEN_TO_NETWORK:
    'Every machine that reaches the server over the network may read, store and delete records without a key.',
  FIRST_KEY_ON_DISK: 'The first ADMIN key is still in a file.',
  KEYS_IN_CLEAR: 'API keys come over the network without encryption.',
  QUEUE_WITHOUT_KEYS: 'Keys are required over HTTP, and the queue in Redis needs none.',
  LISTENER_OPEN: 'Keys are required over HTTP, and a listener such as syslog takes records from everyone without one.',
  LISTENER_KEY_INVALID: 'The key of a listener does not hold. What its senders send is refused.',
  LISTENER_DROPS: 'Messages to a listener came faster than they were stored, and were dropped.',
  ARCHIVE_WITHOUT_DUCKDB:
    'ARCHIVE_DIR is set, and DuckDB is not installed: nothing is archived, and nothing archived is read.',
  ARCHIVE_NOT_SET: 'Partitions are archived, and this server has no ARCHIVE_DIR: questions about their time fail.',
  ARCHIVE_FOLDER: 'The folder of the archive cannot be used.',
  ARCHIVE_DAMAGED: 'Files of the archive are missing, cut or changed. Questions that need them fail.',
  ARCHIVING_FAILS: 'Partitions cannot be archived. They stay in the database, and are tried again.',
  ALERT_UNKNOWN: 'Alerts could not be evaluated for five minutes: nobody knows whether they fire.',
  NOTIFIER_FAILING: 'Notifications of alerts cannot be sent to a target. They are tried again for a day.',
  PUBSUB_UNAVAILABLE: 'Redis does not respond. Tails poll the database instead.',
} as const;

export type HealthCode = keyof typeof HEALTH_CODES;
