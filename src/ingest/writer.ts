import { Client } from 'pg';
import type { Logger } from 'pino';
import { CONNECT_TIMEOUT_SECONDS } from '../db/client.ts';
import { asWeirError, sqlState } from '../db/failure.ts';
import type { PartitionKeeper } from '../db/partition-keeper.ts';
import { WRITER_SESSION } from '../db/store.ts';
import type { CommittedBatch } from '../live/bus.ts';
import { now, type Timestamp } from '../log/time.ts';
import type { Batcher, Waiting } from './batcher.ts';
import { storeBatch } from './transaction.ts';

export type WriterStatus = 'IDLE' | 'WRITING' | 'RETRYING' | 'STOPPED';

export interface WriterReport {
  name: string;
  status: WriterStatus;
  rowsWritten: number;
  batchesWritten: number;
  lastWriteAt: Timestamp | null;
  lastError: string | null;
}

export interface Writer {
  report(): WriterReport;
  /** Settles when the batcher is closed and empty, or `stop` was called and the batch at hand is done. */
  readonly done: Promise<void>;
}

export interface WriterDeps {
  name: string;
  databaseUrl: string;
  batcher: Batcher;
  partitions: PartitionKeeper;
  publish(batch: CommittedBatch): void;
  log: Logger;
}

/** A statement that takes longer than this is given up on the client's side too: a stopped server answers no timeout. */
const WRITE_TIMEOUT_MS = 60_000;
const NO_PARTITION = '23514';

/** Takes batches and stores each in one transaction, on a connection of its own that it opens when it needs it. */
export function createWriter({ name, databaseUrl, batcher, partitions, publish, log }: WriterDeps): Writer {
  const report: WriterReport = {
    name,
    status: 'IDLE',
    rowsWritten: 0,
    batchesWritten: 0,
    lastWriteAt: null,
    lastError: null,
  };
  let client: Client | undefined;

  async function connected(): Promise<Client> {
    if (client) return client;
    const opened = new Client({
      connectionString: databaseUrl,
      application_name: `weir ${name}`,
      connectionTimeoutMillis: CONNECT_TIMEOUT_SECONDS * 1000,
      query_timeout: WRITE_TIMEOUT_MS,
      statement_timeout: WRITE_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    opened.on('error', (err) => {
      log.warn({ err, writer: name }, 'the writer lost its connection');
      if (client === opened) client = undefined;
    });
    await opened.connect();
    await opened.query(WRITER_SESSION);
    client = opened;
    return opened;
  }

  async function discard(): Promise<void> {
    const closing = client;
    client = undefined;
    await closing?.end().catch(() => {});
  }

  async function write(batch: Waiting[]): Promise<void> {
    await partitions.ensure(batch.flatMap(({ submission }) => submission.records));
    const committed = await storeBatch(await connected(), batch);
    report.batchesWritten++;
    report.rowsWritten += committed?.records.length ?? 0;
    report.lastWriteAt = now();
    if (committed) publish(committed);
  }

  async function writeOrRefuse(batch: Waiting[], again = true): Promise<void> {
    try {
      await write(batch);
    } catch (error) {
      await discard();
      if (again && sqlState(error) === NO_PARTITION) {
        partitions.forget();
        return writeOrRefuse(batch, false);
      }
      report.lastError = (error as Error).message;
      log.error({ err: error, writer: name }, 'a batch could not be stored');
      for (const waiting of batch) waiting.reject(asWeirError(error));
    }
  }

  async function run(): Promise<void> {
    for (let batch = await batcher.take(); batch; batch = await batcher.take()) {
      report.status = 'WRITING';
      await writeOrRefuse(batch);
      report.status = 'IDLE';
    }
    await discard();
    report.status = 'STOPPED';
  }

  return { report: () => ({ ...report }), done: run() };
}
