import { join } from 'node:path';
import { pino } from 'pino';
import { createRecordPartitions } from '../../src/db/partitions/partition-keeper.ts';
import { openSpool } from '../../src/ingest/spool/spool.ts';
import { type Batcher, createBatcher } from '../../src/ingest/write/batcher.ts';
import { createBreaker } from '../../src/ingest/write/breaker.ts';
import { createIngest, type Ingest } from '../../src/ingest/write/ingest.ts';
import { createWriters, type WritersDeps } from '../../src/ingest/write/writers.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { remove, temporaryFolder } from './server.ts';

const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });

export interface TestIngest extends AsyncDisposable {
  ingest: Ingest;
  batcher: Batcher;
  database: TestDatabase;
  /** What is stored, in the order of pages. */
  messages(): Promise<string[]>;
}

interface TestIngestOptions {
  bytesMax?: number;
  mayFallBack?: boolean;
  writers?: number;
  database?: TestDatabase;
  publish?: WritersDeps['publish'];
  partitions?: WritersDeps['partitions'];
  archivedUids?: WritersDeps['archivedUids'];
}

const MAX_AGE_MS = 40 * 365 * 86_400_000;

/** The way of a record into a database of its own, without a server before it. */
export async function createTestIngest({
  bytesMax = 64 * 1024 * 1024,
  mayFallBack = true,
  writers = 2,
  database: shared,
  publish = () => {},
  partitions,
  archivedUids,
}: TestIngestOptions = {}): Promise<TestIngest> {
  await using stack = new AsyncDisposableStack();
  const database = shared ?? stack.use(await createTestDatabase());
  const folder = stack.adopt(await temporaryFolder(), remove);
  const batcher = createBatcher({ bytesMax });
  const spool = stack.use(await openSpool({ folder: join(folder, 'spool'), segmentsMax: 10, log }));
  stack.use(
    createWriters({
      count: writers,
      databaseUrl: database.url,
      batcher,
      partitions: partitions ?? createRecordPartitions(database.sql),
      ...(archivedUids && { archivedUids }),
      breaker: createBreaker({ threshold: 5, timeoutMs: 200 }, log),
      retry: { attempts: 1, delayMs: 10 },
      spool,
      mayFallBack,
      publish,
      log,
    }),
  );
  const opened = stack.move();
  return {
    ingest: createIngest(batcher, { maxAgeMs: MAX_AGE_MS, environment: null, deploymentVersion: null, redactor: null }),
    batcher,
    database,
    messages: async () =>
      (await database.sql<{ message: string }[]>`select message from system_logs order by ts, uid`).map(
        (row) => row.message,
      ),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
