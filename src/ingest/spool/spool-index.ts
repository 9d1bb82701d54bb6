import type { Submission } from '../submission.ts';
import type { BatchHead } from './frame.ts';
import { listSegments, readSegment, type Segment, segmentPath } from './segment.ts';

/** What the spool keeps in memory: about 100 bytes for each idempotency key, and nothing for a batch. */
export interface SpoolIndex {
  /** Oldest first. */
  segments: Segment[];
  /** Where the batch of each idempotency key is. */
  requests: Map<string, BatchPlace>;
  /** Files that are named like a segment but are of another version, or are not segments. They stay untouched. */
  unreadable: number;
  /** The number of the next segment. Greater than all existing ones, so that no segment is overwritten. */
  nextNumber: number;
}

interface BatchPlace {
  segment: Segment;
  start: number;
}

export const emptyIndex = (): SpoolIndex => ({ segments: [], requests: new Map(), unreadable: 0, nextNumber: 1 });

/** Reads every segment that an earlier run left. */
export async function readIndex(folder: string, damagedFolder: string): Promise<SpoolIndex> {
  const index = emptyIndex();
  const numbers = await listSegments(folder);
  for (const number of numbers) {
    const segment = await readSegment(segmentPath(folder, number), (of, head, start) =>
      enterRequests(index, head, { segment: of, start }),
    );
    if (segment) index.segments.push(segment);
    else index.unreadable++;
  }
  const damaged = await listSegments(damagedFolder).catch(() => []);
  index.nextNumber = Math.max(0, ...numbers, ...damaged) + 1;
  return index;
}

export function enterRequests(
  { requests }: SpoolIndex,
  { submissions }: { submissions: Pick<Submission, 'idempotency'>[] },
  place: BatchPlace,
): void {
  for (const { idempotency } of submissions) if (idempotency) requests.set(idempotency.key, place);
}

export function forgetRequests(
  { requests }: SpoolIndex,
  { submissions }: BatchHead,
  { segment, start }: BatchPlace,
): void {
  for (const { idempotency } of submissions) {
    const known = idempotency && requests.get(idempotency.key);
    if (known?.segment === segment && known.start === start) requests.delete(idempotency!.key);
  }
}
