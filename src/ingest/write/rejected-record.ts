import { RecordRefused } from '../../db/write/store.ts';
import type { NewRecord } from '../../log/record.ts';
import type { Batch } from './batcher.ts';

const CODE = 'REFUSED_BY_DATABASE';

/** Takes one record out of its batch: its sender is told that it was refused, the rest can be stored. */
export function removeRefused(batch: Batch, refused: RecordRefused): void {
  const { record, message } = refused;
  batch.refused.push(refused);
  for (const { submission } of batch.waiting) {
    const index = submission.records.indexOf(record);
    if (index === -1) continue;
    submission.records.splice(index, 1);
    submission.rejected.push({ at: record.at, code: CODE, reason: `PostgreSQL refused it: ${message}` });
  }
}

/**
 * The record that makes a statement fail which names no line: halves are tried until one record is left.
 * @param refuses tries these records and takes them back; resolves to the error, or undefined where all can be stored
 */
export async function findRefused(
  records: readonly NewRecord[],
  error: unknown,
  refuses: (records: readonly NewRecord[]) => Promise<unknown>,
): Promise<RecordRefused> {
  if (records.length === 1) return new RecordRefused(records[0]!, error);
  const half = records.slice(0, records.length >> 1);
  const inHalf = await refuses(half);
  return inHalf === undefined
    ? findRefused(records.slice(half.length), error, refuses)
    : findRefused(half, inHalf, refuses);
}
