import type { Logger } from 'pino';
import { blame } from '../../db/connection/sqlstate.ts';
import type { PartitionKeeper } from '../../db/partitions/partition-keeper.ts';
import { begin, copyFresh, copyGiven, drawBatchId, RecordRefused } from '../../db/write/store.ts';
import type { NewRecord } from '../../log/record.ts';
import { type Publish, storeBatch } from './batch-transaction.ts';
import type { Batch } from './batcher.ts';
import { findRefused, removeRefused } from './rejected-record.ts';
import { createSession } from './writer-connection.ts';

interface BatchStoreDeps {
  name: string;
  databaseUrl: string;
  partitions: PartitionKeeper;
  publish: Publish;
  log: Logger;
}

/** Stores batches on a connection of its own. */
export interface BatchStore {
  /**
   * Resolves when the batch is committed; a record that Postgres refuses is taken out and told. @returns the records that
   * were new. @throws what is not the records' fault: the same batch may be tried again, here or by another
   */
  store(batch: Batch): Promise<number>;
  close(): void;
}

/** A partition may be removed again, or a key be taken by an attempt that is still ending: so often, then it is an error. */
const ATTEMPTS = 5;

export function createBatchStore({ name, databaseUrl, partitions, publish, log }: BatchStoreDeps): BatchStore {
  const session = createSession(databaseUrl, name, log);

  const attempt = async (batch: Batch): Promise<number> => {
    await partitions.ensure(recordsOf(batch));
    return session.use((client) => storeBatch(client, batch, publish));
  };

  /** Makes the next attempt different from the one that failed. @throws the error, where nothing can be done about it */
  async function mend(batch: Batch, error: unknown): Promise<void> {
    if (error instanceof RecordRefused) return tell(batch, error);
    switch (blame(error)) {
      case 'partition':
        return partitions.forget();
      case 'conflict':
        // An attempt of ours that was committed, or is about to be; or, never seen, a uid drawn twice.
        for (const record of recordsOf(batch)) record.uidGiven = true;
        return;
      case 'record':
        return tell(batch, await findRefused(recordsOf(batch), error, refuses));
      default:
        throw error;
    }
  }

  function tell(batch: Batch, refused: RecordRefused): void {
    log.warn({ err: refused.cause }, 'PostgreSQL refused a record');
    removeRefused(batch, refused);
  }

  /** Tries records in a transaction that is taken back. */
  const refuses = (records: readonly NewRecord[]): Promise<unknown> =>
    session
      .use(async (client) => {
        const batchId = await drawBatchId(client);
        await begin(client);
        await copyFresh(
          client,
          records.filter((record) => !record.uidGiven),
          batchId,
        );
        await copyGiven(
          client,
          records.filter((record) => record.uidGiven),
          batchId,
        );
        await client.query('rollback');
      })
      .catch((error: unknown) => {
        if (error instanceof RecordRefused || blame(error) === 'record') return error;
        throw error;
      });

  return {
    async store(batch) {
      for (let attempts = 0; ; ) {
        try {
          return await attempt(batch);
        } catch (error) {
          if (!(error instanceof RecordRefused) && blame(error) !== 'record' && ++attempts === ATTEMPTS) throw error;
          await mend(batch, error);
        }
      }
    },
    close: session.close,
  };
}

const recordsOf = ({ waiting }: Batch): NewRecord[] => waiting.flatMap(({ submission }) => submission.records);
