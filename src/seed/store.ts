import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection/client.ts';
import { createRecordPartitions } from '../db/partitions/partition-keeper.ts';
import { BadUserInput } from '../errors.ts';
import { createBatchCommitter } from '../ingest/write/batch-committer.ts';
import { BATCH_RECORDS_MAX, createBatcher } from '../ingest/write/batcher.ts';
import { createBreaker } from '../ingest/write/breaker.ts';
import { createIngest } from '../ingest/write/ingest.ts';
import { createWriter } from '../ingest/write/writer.ts';
import { isRejection, type NewRecord } from '../log/record.ts';
import { createRedactor } from '../log/redact/redactor.ts';
import { type SeedPlan, seedRecords } from './records.ts';

interface SeedStore {
  databaseUrl: string;
  sql: Sql;
  config: Config;
  log: Logger;
  stop: AbortSignal;
  /** Called after each batch with the number of records stored so far. */
  onStored(records: number): void;
}

/**
 * Stores the plan's records through the writers of a server, a few batches ahead of them. There is no spool: if the database
 * is away for longer than the retries, this fails.
 * @returns the number of stored records: fewer than planned after `stop`
 */
export async function storeSeed(
  plan: SeedPlan,
  { databaseUrl, sql, config, log, stop, onStored }: SeedStore,
): Promise<number> {
  const batcher = createBatcher({ bytesMax: config.ingest.bufferBytesMax });
  const ingest = createIngest(batcher, { ...config.arrival, redactor: config.redact && createRedactor(config.redact) });
  const partitions = createRecordPartitions(sql);
  const breaker = createBreaker(config.breaker, log);
  const writers = Array.from({ length: config.ingest.writers }, (_, index) => {
    const name = `seed ${index + 1}`;
    const committer = createBatchCommitter({ name, databaseUrl, partitions, publish: () => {}, log });
    return createWriter({ name, batcher, committer, breaker, fallback: null, retry: config.retry, hurry: stop, log });
  });

  let stored = 0;
  const underWay = new Set<Promise<void>>();
  async function store(records: NewRecord[]): Promise<void> {
    const { accepted } = await ingest.storeNext({ records, rejected: [], idempotency: null });
    stored += accepted;
    onStored(stored);
  }
  try {
    for (const records of batches(seedRecords(plan, ingest.arrival()))) {
      if (stop.aborted) break;
      const storing = store(records).finally(() => underWay.delete(storing));
      underWay.add(storing);
      if (underWay.size > writers.length) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } finally {
    batcher.close();
    await Promise.allSettled(underWay);
    await Promise.all(writers.map(({ done }) => done));
  }
  return stored;
}

/** @throws BadUserInput a record that a server would reject too */
function* batches(records: ReturnType<typeof seedRecords>): Generator<NewRecord[]> {
  let batch: NewRecord[] = [];
  for (const record of records) {
    if (isRejection(record)) throw new BadUserInput(record.reason);
    batch.push(record);
    if (batch.length < BATCH_RECORDS_MAX) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
