import type { NewRecord } from '../../log/record.ts';
import { blame } from '../connection/sqlstate.ts';

// What happens to a record that Postgres rejects:
// 1. `blame` (db/connection/sqlstate.ts) decides by the SQLSTATE that the record is at fault, not the server.
// 2. An error of COPY names the line: `rejectedByCopy` finds the record. Otherwise ingest/write halves the batch until one
//    record is left.
// 3. ingest/write removes this record from its batch, reports it to its sender and stores the rest.

/** One record that Postgres rejected. `message` is Postgres' own. */
export class RecordRejected extends Error {
  readonly record: NewRecord;
  constructor(record: NewRecord, cause: unknown) {
    super((cause as Error).message, { cause });
    this.record = record;
  }
}

/** The record that made COPY fail. Undefined when no record is at fault or the error names no line. */
export function rejectedByCopy(error: unknown, records: readonly NewRecord[]): RecordRejected | undefined {
  const record = blame(error) === 'record' ? records[copyLineOf(error) - 1] : undefined;
  return record && new RecordRejected(record, error);
}

/**
 * Reads `COPY system_logs, line 3, column message`, also below a line about JSON: binary rows are counted as lines. Returns 0 when
 * the error names no line.
 */
const copyLineOf = (error: unknown): number =>
  Number(/^COPY \w+, line (\d+)/m.exec((error as { where?: string }).where ?? '')?.[1] ?? 0);
