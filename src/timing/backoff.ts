/** The delay after a first failure, and the longest delay. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** How long each part of Weir waits before it connects or tries again. */
export const BACKOFF = {
  /** A pool connects to Postgres again. Statements wait meanwhile, and Postgres may be back at any time. */
  postgres: { firstMs: 20, maxMs: 500 },
  /** The embedded PostgreSQL has ended and is started again. */
  embedded: { firstMs: 500, maxMs: 60_000 },
  /** The logs database was away when the server started, and is tried again. */
  lateDatabase: { firstMs: 2_000, maxMs: 15_000 },
  /** A writer or the replay of the spool stores a batch again. The first delay is a setting: `RETRY_DELAY_SECONDS`. */
  writer: { maxMs: 30_000 },
  /** The replay of the spool tries again a segment that cannot be read, or a batch that it left in the spool. */
  spool: { firstMs: 500, maxMs: 30_000 },
  /** The Redis queue reads, stores or removes entries again. */
  redisQueue: { firstMs: 100, maxMs: 5_000 },
  /** A listener stores the records of its messages again. */
  listener: { firstMs: 200, maxMs: 5_000 },
  /** The Redis queue and the Redis bus connect to Redis again. */
  redis: { firstMs: 50, maxMs: 2_000 },
  /** A tail on the server reads missed records again, after the database was unavailable. */
  tailRead: { firstMs: 500, maxMs: 500 },
  /** A notification of an alert is sent again. */
  delivery: { firstMs: 5_000, maxMs: 3_600_000 },
  /** `weir tail` subscribes again. */
  tailCommand: { firstMs: 250, maxMs: 5_000 },
  /** `weir query --all` asks for the rest. */
  exportCommand: { firstMs: 250, maxMs: 5_000 },
  /** `weir import` sends a request again. */
  importCommand: { firstMs: 250, maxMs: 10_000 },
} as const;

/**
 * The delay after a failure that `failures` others came before: doubled each time, up to `maxMs`. Half of it is random, so
 * that clients that failed together do not come back together.
 */
export const backoffMs = (failures: number, { firstMs, maxMs }: Backoff, random = Math.random()): number =>
  Math.min(firstMs * 2 ** failures, maxMs) * (0.5 + random / 2);
