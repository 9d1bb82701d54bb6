import type { LogRecord } from '../log/record.ts';

/** A batch that Postgres has committed. The bus carries it to the hubs of all servers. */
export interface CommittedBatch {
  seq: number;
  batchId: number;
  /** The new records, in the order of (timestamp, uid). Null if they are too large to send: the hub then reads them. */
  records: LogRecord[] | null;
}

export interface BusReport {
  kind: 'REDIS' | 'IN_PROCESS';
  /** The time of a round trip. Null while Redis is away, and always without Redis. */
  latencyMs: number | null;
  error: string | null;
}

/**
 * Carries committed batches to the hubs of all servers. It makes tails fast, not correct: it may lose batches or change
 * their order, and a hub reads from Postgres what it misses.
 */
export interface Bus {
  publish(batch: CommittedBatch): void;
  /** A process has one listener: its hub. */
  listen(listener: (batch: CommittedBatch) => void): void;
  report(): Promise<BusReport>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** For a server without Redis. */
export function createInProcessBus(): Bus {
  let listener: (batch: CommittedBatch) => void = () => {};
  return {
    publish: (batch) => listener(batch),
    listen(given) {
      listener = given;
    },
    report: async () => ({ kind: 'IN_PROCESS', latencyMs: null, error: null }),
    [Symbol.asyncDispose]: async () => {},
  };
}
