import type { Submission } from '../submission.ts';
import type { BatchHead } from './frame.ts';
import { listSegments, type Segment, scanSegment, segmentPath, unscannedSegment } from './segment.ts';

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

/** The keys of one batch share one object. */
export interface BatchPlace {
  segment: Segment;
  start: number;
}

export const emptyIndex = (): SpoolIndex => ({ segments: [], requests: new Map(), unreadable: 0, nextNumber: 1 });

/**
 * Reads every segment that an earlier run left. A segment that cannot be read now stays in the index, not scanned, and
 * `onUnreadable` gets the error.
 */
export async function readIndex(
  folder: string,
  damagedFolder: string,
  onUnreadable: (segment: Segment, error: unknown) => void,
): Promise<SpoolIndex> {
  const index = emptyIndex();
  const numbers = await listSegments(folder);
  for (const number of numbers) {
    const segment = unscannedSegment(segmentPath(folder, number));
    index.segments.push(segment);
    await scanInto(index, segment).catch((error) => onUnreadable(segment, error));
  }
  const damaged = await listSegments(damagedFolder).catch(() => []);
  index.nextNumber = Math.max(0, ...numbers, ...damaged) + 1;
  return index;
}

/** Scans a segment of the index. If it is of another version, it leaves the index. @throws errors of the file system */
export async function scanInto(index: SpoolIndex, segment: Segment): Promise<void> {
  const isReadable = await scanSegment(segment, (head, start) => enterRequests(index, head, { segment, start }));
  if (isReadable) return;
  index.segments = index.segments.filter((other) => other !== segment);
  index.unreadable++;
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
