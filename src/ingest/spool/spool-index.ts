import type { Submission } from '../submission.ts';

import type { BatchHead } from './frame.ts';
import { listSegments, readSegment, type Segment, segmentPath } from './segment.ts';

/** What a spool holds, in memory: some 100 bytes for each idempotency key, and nothing for a batch. */
export interface SpoolIndex {
  /** Oldest first. */
  segments: Segment[];
  /** Where the batch lies that bears an idempotency key. */
  requests: Map<string, Place>;
  /** Segments of another version, or nothing of ours under a segment's name: they are left alone. */
  unreadable: number;
  /** Of the next segment; greater than that of any there is, so that none is ever overwritten. */
  nextNumber: number;
}

interface Place {
  segment: Segment;
  start: number;
}

export const emptyIndex = (): SpoolIndex => ({ segments: [], requests: new Map(), unreadable: 0, nextNumber: 1 });

/** What an earlier run left. Reads every segment once. */
export async function readIndex(folder: string, asideFolder: string): Promise<SpoolIndex> {
  const index = emptyIndex();
  const numbers = await listSegments(folder);
  for (const number of numbers) {
    const segment = await readSegment(segmentPath(folder, number), (of, head, start) =>
      enterRequests(index, head, { segment: of, start }),
    );
    if (segment) index.segments.push(segment);
    else index.unreadable++;
  }
  const aside = await listSegments(asideFolder).catch(() => []);
  index.nextNumber = Math.max(0, ...numbers, ...aside) + 1;
  return index;
}

export function enterRequests(
  { requests }: SpoolIndex,
  { submissions }: { submissions: Pick<Submission, 'idempotency'>[] },
  place: Place,
): void {
  for (const { idempotency } of submissions) if (idempotency) requests.set(idempotency.key, place);
}

export function forgetRequests({ requests }: SpoolIndex, { submissions }: BatchHead, { segment, start }: Place): void {
  for (const { idempotency } of submissions) {
    const known = idempotency && requests.get(idempotency.key);
    if (known?.segment === segment && known.start === start) requests.delete(idempotency!.key);
  }
}
