import { WeirError } from '../../errors.ts';
import type { IngestMeter } from '../../metrics/meters.ts';
import type { IngestResult } from '../ingest-result.ts';
import type { Submission } from '../submission.ts';
import type { Ingest } from './ingest.ts';

/** `ingest` for one protocol: what becomes of its submissions is counted. */
export function meteredIngest(ingest: Ingest, meter: IngestMeter): Ingest {
  const count =
    (store: Ingest['store']) =>
    async (submission: Submission): Promise<IngestResult> => {
      try {
        const result = await store(submission);
        countResult(meter, submission, result);
        return result;
      } catch (error) {
        countFailure(meter, error);
        throw error;
      }
    };
  return {
    arrival: ingest.arrival,
    store: count(ingest.store),
    storeNext: count(ingest.storeNext),
    as: (caller) => meteredIngest(ingest.as(caller), meter),
  };
}

function countResult(meter: IngestMeter, submission: Submission, result: IngestResult): void {
  const { accepted, duplicates, rejected, replayed } = result;
  if (accepted > 0) {
    // A repeated request gets the result of the first one, and nothing is stored again.
    const known = replayed ? accepted : (duplicates ?? 0);
    meter.accepted({ records: accepted, bytes: sizeOf(submission), duplicates: known });
  }
  for (const { code } of rejected) meter.rejected(code);
}

const sizeOf = ({ records }: Submission): number => records.reduce((sum, record) => sum + record.bytes, 0);

/** Counts an error that a sender gets instead of a result, or beside one. */
export const countFailure = (meter: IngestMeter, error: unknown): void =>
  meter.failed(error instanceof WeirError ? error.code : 'INTERNAL');
