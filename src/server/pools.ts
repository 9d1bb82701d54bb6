import { TIME_LIMIT_MS_MAX as CLEANUP_TIME_LIMIT_MS_MAX } from '../db/cleanup/cleanup.ts';
import { type ArchiveStore, withArchive } from '../db/connection/archive-link.ts';
import { connect, disconnect, type Sql } from '../db/connection/client.ts';
import { timed } from '../db/connection/timed.ts';
import { LOOK_UP_MS } from '../db/write/archived-uids.ts';
import { READERS } from '../http/graphql/graphql.ts';
import { WRITE_TIMEOUT_MS } from '../ingest/write/writer-connection.ts';
import type { Meters, StatementKind } from '../metrics/meters.ts';
import { EVALUATION_MS, EVALUATIONS_MAX } from '../watch/alerts/evaluate.ts';

// Connections of each pool. They are separate, so that nothing else waits behind queries.
/** For the hub: it delivers to all tails and must never wait behind one of them. */
const DELIVERERS = 1;
/** For the backfills and replays of tails. */
const REPLAYERS = 3;
const CLEANERS = 2;
const MAINTAINERS = 3;
const WATCHERS = 2;
/** For making partitions. */
const KEEPERS = 1;
/** For look-ups in the archive: of the late writer, of the replay of the spool, and one that reads what is archived. */
const LOOKERS = 3;
/** One reads keys every two seconds, one changes them. */
const KEY_READERS = 2;
const KEYS_STATEMENT_MS = 2000;
/** For taking and marking notifications. */
const SENDERS = 2;
const SENDER_STATEMENT_MS = 5000;
/** A statement of the maintenance is short. One that takes longer waits for a lock. */
const MAINTENANCE_STATEMENT_MS = 60_000;
/** For telling what waits in this server. */
const TELLERS = 1;
const TELLER_STATEMENT_MS = 5000;
/** If a statement of the health check takes longer, the database counts as unavailable. */
const WATCHER_STATEMENT_MS = 3000;

export interface Pools extends AsyncDisposable {
  readers: Sql;
  deliverers: Sql;
  replayers: Sql;
  cleaners: Sql;
  maintainers: Sql;
  teller: Sql;
  watcher: Sql;
  keeper: Sql;
  lookers: Sql;
  keys: Sql;
  alerts: Sql;
  senders: Sql;
}

interface PoolsOptions {
  databaseUrl: string;
  queryTimeoutMs: number;
  meters: Meters;
  /** Beside the pools that read records, or that change which partition holds them. */
  archive: ArchiveStore;
  /** Why the database cannot be used yet. */
  problem: () => string | null;
}

/** The connections of everything but the writers, which COPY on their own. */
export function openPools({ databaseUrl, queryTimeoutMs, meters, archive, problem }: PoolsOptions): Pools {
  const opened: Sql[] = [];
  const pool = (kind: StatementKind, max: number, statementTimeoutMs: number): Sql => {
    const sql = connect(databaseUrl, { max, statementTimeoutMs, problem });
    opened.push(sql);
    return timed(sql, meters.statements(kind));
  };
  const archived: typeof pool = (...of) => withArchive(pool(...of), archive);
  return {
    readers: archived('query', READERS, queryTimeoutMs),
    deliverers: archived('tail', DELIVERERS, queryTimeoutMs),
    replayers: archived('replay', REPLAYERS, queryTimeoutMs),
    cleaners: archived('cleanup', CLEANERS, CLEANUP_TIME_LIMIT_MS_MAX),
    maintainers: archived('maintenance', MAINTAINERS, MAINTENANCE_STATEMENT_MS),
    teller: pool('maintenance', TELLERS, TELLER_STATEMENT_MS),
    watcher: archived('health', WATCHERS, WATCHER_STATEMENT_MS),
    keeper: archived('partitions', KEEPERS, WRITE_TIMEOUT_MS),
    lookers: archived('partitions', LOOKERS, LOOK_UP_MS),
    keys: pool('keys', KEY_READERS, KEYS_STATEMENT_MS),
    alerts: archived('alerts', EVALUATIONS_MAX, EVALUATION_MS),
    senders: pool('delivery', SENDERS, SENDER_STATEMENT_MS),
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map(disconnect));
    },
  };
}
