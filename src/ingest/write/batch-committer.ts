import type { Logger } from 'pino';
import { blame } from '../../db/connection/sqlstate.ts';
import type { PartitionKeeper } from '../../db/partitions/partition-keeper.ts';
import { type ArchivedUids, NO_ARCHIVE } from '../../db/write/archived-uids.ts';
import { keyOf } from '../../db/write/insert-records.ts';
import { ArchivedMeanwhile, type LookUp, NOTHING_ARCHIVED } from '../../db/write/look-up.ts';
import { RecordRejected } from '../../db/write/rejected-record.ts';
import type { NewRecord } from '../../log/record.ts';
import { type Batch, recordsOf } from './batch.ts';
import { type Publish, runBatchTransaction } from './batch-transaction.ts';
import { findRejected, isRecordError, rejectRecord, tryRecords } from './rejected-record.ts';
import { createWriterConnection } from './writer-connection.ts';

interface BatchCommitterDeps {
  name: string;
  databaseUrl: string;
  partitions: PartitionKeeper;
  archivedUids?: ArchivedUids;
  publish: Publish;
  log: Logger;
}

/** Stores batches in the database, over a connection of its own. */
export interface BatchCommitter {
  /**
   * Resolves when the batch is committed. Records that PostgreSQL rejects are taken out of it and reported to their senders.
   * @returns how many records were new
   * @throws ArchiveUnavailable it cannot be known whether a record is archived
   * @throws an error that no record caused: this committer or another may try the batch again
   */
  commit(batch: Batch): Promise<number>;
  close(): void;
}

/**
 * Attempts that may fail for a reason other than a rejected record: a partition was removed or archived at the same time, or an
 * earlier attempt that is still ending holds the batch's key.
 */
const ATTEMPTS_MAX = 5;

export function createBatchCommitter({
  name,
  databaseUrl,
  partitions,
  archivedUids = NO_ARCHIVE,
  publish,
  log,
}: BatchCommitterDeps): BatchCommitter {
  const connection = createWriterConnection(databaseUrl, name, log);

  async function attempt(batch: Batch, lookUp: LookUp): Promise<number> {
    await partitions.ensure(notArchived(recordsOf(batch.waiting), lookUp));
    return connection.transact((client) => runBatchTransaction(client, batch, lookUp, publish));
  }

  /** Corrects what made the attempt fail. @throws the error, if it cannot be corrected */
  async function correct(batch: Batch, error: unknown, lookUp: LookUp): Promise<void> {
    if (error instanceof RecordRejected) return reject(batch, error);
    if (error instanceof ArchivedMeanwhile) return forget();
    const records = notArchived(recordsOf(batch.waiting), lookUp);
    switch (blame(error)) {
      case 'partition':
        return forget();
      case 'conflict':
        // An earlier attempt at this batch was committed, or is about to be. The next one must check for stored records.
        for (const record of records) record.uidGiven = true;
        return;
      case 'record':
        return reject(batch, await findRejected(records, error, errorOf));
      default:
        throw error;
    }
  }

  function forget(): void {
    partitions.forget();
    archivedUids.forget();
  }

  function reject(batch: Batch, rejected: RecordRejected): void {
    log.warn({ err: rejected.cause }, 'PostgreSQL rejected a record');
    rejectRecord(batch, rejected);
  }

  async function errorOf(records: readonly NewRecord[]): Promise<unknown> {
    try {
      await connection.transact((client) => tryRecords(client, records));
      return undefined;
    } catch (error) {
      if (isRecordError(error)) return error;
      throw error;
    }
  }

  return {
    async commit(batch) {
      for (let failures = 0; ; ) {
        let lookUp = NOTHING_ARCHIVED;
        try {
          lookUp = await archivedUids.lookUp(recordsOf(batch.waiting));
          return await attempt(batch, lookUp);
        } catch (error) {
          if (!isRecordError(error) && ++failures === ATTEMPTS_MAX) throw error;
          await correct(batch, error, lookUp);
        }
      }
    },
    close: connection.close,
  };
}

const notArchived = (records: NewRecord[], { found }: LookUp): NewRecord[] =>
  found.size === 0 ? records : records.filter((record) => !record.uidGiven || !found.has(keyOf(record)));
