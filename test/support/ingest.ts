import { pino } from 'pino';
import { createPartitionKeeper } from '../../src/db/partition-keeper.ts';
import { type Batcher, createBatcher } from '../../src/ingest/batcher.ts';
import { createIngest, type Ingest } from '../../src/ingest/ingest.ts';
import { createWriters } from '../../src/ingest/writers.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export interface TestIngest extends AsyncDisposable {
  ingest: Ingest;
  batcher: Batcher;
  database: TestDatabase;
  /** What is stored, in the order of pages. */
  messages(): Promise<string[]>;
}

const MAX_AGE_MS = 40 * 365 * 86_400_000;

/** The way of a record into a database of its own, without a server before it. */
export async function createTestIngest({ bytesMax = 64 * 1024 * 1024 } = {}): Promise<TestIngest> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const batcher = createBatcher({ bytesMax });
  stack.use(
    createWriters(2, {
      databaseUrl: database.url,
      batcher,
      partitions: createPartitionKeeper(database.sql),
      publish: () => {},
      log: pino({ level: 'silent' }),
    } as Parameters<typeof createWriters>[1]),
  );
  const opened = stack.move();
  return {
    ingest: createIngest(batcher, { maxAgeMs: MAX_AGE_MS, environment: null, deploymentVersion: null }),
    batcher,
    database,
    messages: async () =>
      (await database.sql<{ message: string }[]>`select message from system_logs order by ts, uid`).map(
        (row) => row.message,
      ),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
