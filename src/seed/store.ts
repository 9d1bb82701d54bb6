import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection/client.ts';
import { createPartitionKeeper } from '../db/partitions/partition-keeper.ts';
import { BadUserInput } from '../errors.ts';
import { createBatchStore } from '../ingest/write/batch-store.ts';
import { BATCH_RECORDS_MAX, createBatcher } from '../ingest/write/batcher.ts';
import { createBreaker } from '../ingest/write/breaker.ts';
import { createIngest } from '../ingest/write/ingest.ts';
import { createWriter } from '../ingest/write/writer.ts';
import { isRejection, type NewRecord } from '../log/record.ts';
import { type SeedPlan, seedRecords } from './records.ts';

interface SeedStore {
  databaseUrl: string;
  sql: Sql;
  config: Config;
  log: Logger;
  stop: AbortSignal;
  /** After each batch: the records stored so far. */
  onStored(records: number): void;
}

/**
 * Stores the plan's records by writers as a server has them, a few batches ahead of them, without a spool: where the
 * database fails for longer than the retries take, so does this.
 * @returns how many were stored: fewer than planned where `stop` said so
 */
export async function storeSeed(
  plan: SeedPlan,
  { databaseUrl, sql, config, log, stop, onStored }: SeedStore,
): Promise<number> {
  const batcher = createBatcher({ bytesMax: config.ingest.bufferBytesMax });
  const ingest = createIngest(batcher, config.arrival);
  const partitions = createPartitionKeeper(sql);
  const breaker = createBreaker(config.breaker, log);
  const writers = Array.from({ length: config.ingest.writers }, (_, index) => {
    const name = `seed ${index + 1}`;
    const store = createBatchStore({ name, databaseUrl, partitions, publish: () => {}, log });
    return createWriter({ name, batcher, store, breaker, fallback: null, retry: config.retry, hurry: stop, log });
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

/** @throws BadUserInput where a record would not be taken from a sender either */
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
