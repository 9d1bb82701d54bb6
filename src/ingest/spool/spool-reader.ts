import type { Logger } from 'pino';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { decodeBatch, type Found, type SpooledBatch } from './frame.ts';
import { isReplayed, readFrame, type Segment } from './segment.ts';
import { forgetRequests, type SpoolIndex, scanInto } from './spool-index.ts';

export interface OldestBatch {
  batch: SpooledBatch;
  /**
   * Marks the batch as stored, so that it is not given again in this run. After a crash its whole segment is given again,
   * and the batches' keys make that harmless.
   */
  done(): Promise<void>;
  /** Leaves the batch where it is and goes on with the next one. It is given again later. */
  postpone(reason: string): void;
}

/** Why some batches are not given now. */
export interface Blocked {
  message: string;
  /** When the next attempt is made, in milliseconds since 1970. */
  retryAt: number;
}

interface SpoolReader {
  /** The oldest batch that can be read now: the same one until it is done or postponed. Never rejects. For one caller at a time. */
  oldest(): Promise<OldestBatch | undefined>;
  /** Notes that a segment could not be read. It is tried again later. */
  unreadable(segment: Segment, error: unknown): void;
  readonly blocked: Blocked | null;
}

interface SpoolReaderDeps {
  index: SpoolIndex;
  /** Removes a replayed segment. Resolves to whether it is gone. Never rejects. */
  retire(segment: Segment): Promise<boolean>;
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  log: Logger;
}

/** Failures in a row at the same thing. */
interface Failing {
  failures: number;
  retryAt: number;
  reason: string;
}

interface PostponedBatch {
  segment: Segment;
  start: number;
}

type FoundBatch = Found & { kind: 'batch' };

/**
 * Reads the spool's batches, oldest first. What cannot be read or stored now blocks nothing else: a segment that cannot be
 * read, and a batch that is postponed, stay where they are, and are tried again after a backoff.
 */
export function createSpoolReader({ index, retire, exclusive, log }: SpoolReaderDeps): SpoolReader {
  const unread = new Map<Segment, Failing>();
  /** Oldest attempt first. All of them wait for the same thing, so they share a backoff. */
  let postponed: PostponedBatch[] = [];
  let postponing: Failing | undefined;

  function unreadable(segment: Segment, error: unknown): void {
    const before = unread.get(segment);
    if (!before)
      log.error({ err: error, path: segment.path }, 'a segment of the spool cannot be read: it is tried again');
    unread.set(segment, failedAgain(before, (error as Error).message));
  }

  function readable(segment: Segment): void {
    if (unread.delete(segment)) log.info({ path: segment.path }, 'the segment of the spool can be read again');
  }

  async function nextOf(segment: Segment): Promise<OldestBatch | undefined> {
    try {
      if (!segment.isScanned) await exclusive(() => scanInto(index, segment));
      const next = await readNext(segment);
      readable(segment);
      return next;
    } catch (error) {
      if (isMissing(error)) forgetMissing(segment);
      else unreadable(segment, error);
      return undefined;
    }
  }

  async function readNext(segment: Segment): Promise<OldestBatch | undefined> {
    while (segment.position < segment.end) {
      const found = await readFrame(segment, segment.position);
      const batch = found.kind === 'batch' ? await decoded(found) : undefined;
      if (found.kind === 'batch' && batch) {
        if (segment.postponed === 0) segment.oldestAt = batch.spooledAt;
        return {
          batch,
          done: async () => {
            if (segment.position !== found.start) return;
            segment.position = found.end;
            await finish(segment, found);
          },
          postpone(reason) {
            if (segment.position !== found.start) return;
            segment.position = found.end;
            segment.postponed++;
            postponeOne({ segment, start: found.start }, reason);
          },
        };
      }
      damaged(segment);
      segment.position = found.kind === 'torn' ? segment.end : found.end;
      if (found.kind === 'batch') segment.batches--;
    }
    return undefined;
  }

  function postponeOne(one: PostponedBatch, reason: string): void {
    if (!postponing)
      log.error({ reason }, 'a spooled batch cannot be stored now: it stays in the spool, and others go on');
    postponing = failedAgain(postponing, reason);
    postponed.push(one);
  }

  /** The postponed batch whose last attempt is the oldest. */
  async function nextPostponed(): Promise<OldestBatch | undefined> {
    const one = postponed[0]!;
    const { segment, start } = one;
    try {
      const found = await readFrame(segment, start);
      const batch = found.kind === 'batch' ? await decoded(found) : undefined;
      if (found.kind === 'batch' && batch) {
        return {
          batch,
          done: async () => {
            if (!forgetPostponed(one)) return;
            postponing = undefined;
            await finish(segment, found);
          },
          postpone(reason) {
            postponed = postponed.filter((other) => other !== one);
            postponeOne(one, reason);
          },
        };
      }
      damaged(segment);
      forgetPostponed(one);
      segment.batches--;
    } catch (error) {
      if (isMissing(error)) forgetMissing(segment);
      else postponing = failedAgain(postponing, (error as Error).message);
    }
    return undefined;
  }

  function forgetPostponed(one: PostponedBatch): boolean {
    if (!postponed.includes(one)) return false;
    postponed = postponed.filter((other) => other !== one);
    one.segment.postponed--;
    return true;
  }

  async function finish(segment: Segment, { head, start }: FoundBatch): Promise<void> {
    segment.batches--;
    forgetRequests(index, head, { segment, start });
    if (isReplayed(segment)) await retire(segment);
  }

  function damaged(segment: Segment): void {
    if (!segment.isDamaged)
      log.error({ path: segment.path }, 'a segment of the spool is damaged: some of its bytes cannot be read');
    segment.isDamaged = true;
  }

  function forgetMissing(segment: Segment): void {
    log.error({ path: segment.path }, 'a segment of the spool was removed before it was replayed');
    unread.delete(segment);
    postponed = postponed.filter((one) => one.segment !== segment);
    Object.assign(segment, { isScanned: true, isDamaged: false, position: segment.end, postponed: 0, batches: 0 });
  }

  return {
    async oldest() {
      while (postponed.length > 0 && isDue(postponing)) {
        const found = await nextPostponed();
        if (found) return found;
      }
      for (let at = 0; at < index.segments.length; ) {
        const segment = index.segments[at]!;
        const found = isDue(unread.get(segment)) ? await nextOf(segment) : undefined;
        if (found) return found;
        const isOver = isReplayed(segment) && (await retire(segment));
        // New frames may have been appended while it was retired.
        if (!isOver && index.segments[at] === segment && !hasMore(segment)) at++;
      }
      return undefined;
    },
    unreadable,
    get blocked() {
      const all = [...unread.values(), ...(postponing && postponed.length > 0 ? [postponing] : [])];
      if (all.length === 0) return null;
      const messages = [
        ...(unread.size > 0
          ? [`${unread.size} spool segments cannot be read: ${[...unread.values()][0]!.reason}.`]
          : []),
        ...(postponed.length > 0
          ? [
              `${postponed.length} spooled batches wait, because their rejected records cannot be set aside: ${postponing!.reason}.`,
            ]
          : []),
      ];
      return { message: messages.join(' '), retryAt: Math.min(...all.map(({ retryAt }) => retryAt)) };
    },
  };

  function hasMore(segment: Segment): boolean {
    return segment.position < segment.end && isDue(unread.get(segment));
  }
}

const isDue = (failing: Failing | undefined): boolean => !failing || Date.now() >= failing.retryAt;

function failedAgain(before: Failing | undefined, reason: string): Failing {
  const failures = (before?.failures ?? 0) + 1;
  return { failures, retryAt: Date.now() + backoffMs(failures - 1, BACKOFF.spool), reason };
}

/** Undefined if the records are not what `encodeBatch` writes, although their CRC is right. */
async function decoded({ head, body }: FoundBatch): Promise<SpooledBatch | undefined> {
  try {
    return await decodeBatch(head, body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
