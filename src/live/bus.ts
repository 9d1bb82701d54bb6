import type { LogRecord } from '../log/record.ts';

/** A batch that Postgres has committed: what the bus carries to the hubs of all servers. */
export interface CommittedBatch {
  seq: number;
  batchId: number;
  /** Those that were new, by (timestamp, uid). Null where they are too many to send: the hub reads them. */
  records: LogRecord[] | null;
}

export interface BusReport {
  kind: 'REDIS' | 'IN_PROCESS';
  /** Round trip; null while it is away, and in process. */
  latencyMs: number | null;
  error: string | null;
}

/**
 * Carries each committed batch once to whoever listens. A fast path, not the truth: it may lose batches and change their
 * order, and the hub reads from Postgres what it misses.
 */
export interface Bus {
  publish(batch: CommittedBatch): void;
  /** One listener a process: its hub. */
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
