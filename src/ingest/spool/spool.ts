import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CannotStart, Overloaded } from '../../errors.ts';
import { lockFolder } from '../../folder-lock.ts';
import type { Rejection } from '../../log/rejection.ts';
import type { Timestamp } from '../../log/time.ts';

import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { makeFolder, PRIVATE_FILE } from './durable-file.ts';
import { decodeBatch, encodeBatch, type Found, type SpooledBatch } from './frame.ts';
import { createGroupCommit, type Pending } from './group-commit.ts';
import { readFrame, retireSegment, type Segment } from './segment.ts';
import { emptyIndex, forgetRequests, readIndex } from './spool-index.ts';
import { createProblemState, fullProblem, overloaded, problemOf, type SpoolProblem } from './spool-problem.ts';
import { createSpoolWriter, type EncodedBatch } from './spool-writer.ts';

/** A segment is full with this; a batch that is larger by itself has a segment of its own. */
const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
/** While no batch comes, it is tried this often whether the folder can be written, for those who ask. */
const PROBE_EVERY_MS = 1000;

export interface OldestBatch {
  batch: SpooledBatch;
  /**
   * It is stored, and not given again in this run. After a crash the rest of its segment, all of it, is given again: the
   * batch's key makes that harmless.
   */
  done(): Promise<void>;
}

/** What a sender was told whose request is in the spool. */
interface SpooledRequest {
  bodyHash: Buffer;
  answer: { accepted: number; rejected: Rejection[] };
}

export interface SpoolReport {
  segments: number;
  bytes: number;
  /** Not yet replayed. */
  batches: number;
  oldestAt: Timestamp | null;
  /** Segments in which some bytes could not be read, kept for a person once they are replayed. */
  damaged: number;
  /** Segments of another version, left alone. */
  unreadable: number;
  /** Of the records that were set aside for a person. */
  deadLetterBytes: number;
  /** Why no batch is taken now. */
  problem: SpoolProblem | null;
}

export interface Spool extends AsyncDisposable {
  /** Resolves when the batch is on the disk. @throws Overloaded there is no room, or the folder cannot be written: nothing is kept */
  append(batch: SpooledBatch): Promise<void>;
  /** The oldest batch not yet done, the same until it is done; undefined when there is none. For one caller at a time. */
  oldest(): Promise<OldestBatch | undefined>;
  /** The request of a batch not yet done. */
  requestOf(idempotencyKey: string): Promise<SpooledRequest | undefined>;
  deadLetters: DeadLetters;
  /** Looks whether a problem has gone. */
  report(): Promise<SpoolReport>;
}

export interface SpoolOptions {
  folder: string;
  segmentsMax: number;
  segmentBytesMax?: number;
  log: Logger;
}

/**
 * Batches on disk while Postgres is away: `NUMBER.spool`, oldest first; beside them `damaged/` and `dead-letters/`. Opens
 * even where the folder cannot be used: that is a problem it reports, and looks at again with every use.
 * @throws CannotStart another server holds the folder
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, segmentsMax, segmentBytesMax = SEGMENT_BYTES_MAX, log } = options;
  const asideFolder = join(folder, 'damaged');
  const deadLetters = createDeadLetters(join(folder, 'dead-letters'));
  const problem = createProblemState(log);
  /** Whatever changes files runs one after the other. */
  const exclusive = createExclusive();
  const index = emptyIndex();
  const writer = createSpoolWriter({ folder, index, segmentsMax, segmentBytesMax });
  let lock: AsyncDisposable | undefined;
  let isLoaded = false;
  let isClosed = false;
  let probedAt = 0;
  /** What there was no room for, the last time. */
  let refusedBytes = 0;

  async function load(): Promise<void> {
    if (isLoaded) return;
    await makeFolder(folder);
    lock ??= await lockFolder(folder, 'FALLBACK_DIRECTORY');
    Object.assign(index, await readIndex(folder, asideFolder));
    isLoaded = true;
    const damaged = index.segments.filter((segment) => segment.isDamaged).map(({ path }) => path);
    if (damaged.length > 0) log.error({ damaged }, 'the spool is damaged: what can be read of it is replayed');
    if (index.unreadable > 0) log.error({ folder }, 'the spool has segments of another version: they are left alone');
  }

  /** Whether the spool can be used; where not, why is the problem. */
  const tryTo = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      problem.set(problemOf(error, folder));
      return false;
    }
  };

  async function commit(group: Pending<Promise<EncodedBatch>>[]): Promise<void> {
    const batches = await Promise.all(group.map(({ item }) => item));
    await exclusive(async () => {
      const isUsable = await tryTo(load);
      if (!isUsable) refuse(group);
      else for (let at = 0; at < group.length; ) at += await commitSome(group.slice(at), batches.slice(at));
    });
  }

  /** The first of the group, as many as share an fsync; how many. */
  async function commitSome(group: Pending<unknown>[], batches: EncodedBatch[]): Promise<number> {
    const slot = writer.slotFor(batches);
    if (!slot) {
      problem.set(fullProblem(folder, segmentsMax));
      refuse(group.slice(0, 1));
      return 1;
    }
    const some = group.slice(0, slot.count);
    if (await tryTo(() => writer.write(batches.slice(0, slot.count), slot.segment))) {
      problem.set(null);
      for (const { resolve } of some) resolve();
    } else {
      refusedBytes = Math.min(...batches.map(({ frame }) => frame.length));
      refuse(some);
    }
    return slot.count;
  }

  const refuse = (group: Pending<unknown>[]): void => {
    for (const { reject } of group) reject(overloaded(problem.now!));
  };

  async function nextBatch(segment: Segment): Promise<OldestBatch | undefined> {
    while (!isReplayed(segment)) {
      const found = await readFrame(segment, segment.position).catch(absent);
      if (!found) {
        log.error({ path: segment.path }, 'a segment of the spool was taken away before it was replayed');
        segment.isDamaged = false;
        segment.position = segment.end;
        return undefined;
      }
      if (found.kind === 'batch') {
        segment.oldestAt = found.head.spooledAt;
        return { batch: await decodeBatch(found.head, found.body), done: () => done(segment, found) };
      }
      if (!segment.isDamaged) log.error({ path: segment.path }, 'the spool is damaged: some bytes cannot be read');
      segment.isDamaged = true;
      segment.position = found.kind === 'torn' ? segment.end : found.end;
    }
    return undefined;
  }

  async function done(segment: Segment, { head, start, end }: Found & { kind: 'batch' }): Promise<void> {
    if (segment.position !== start) return;
    segment.position = end;
    segment.batches--;
    forgetRequests(index, head, { segment, start });
    if (isReplayed(segment)) await retire(segment);
  }

  /** Whether it is gone: it stays where more came to it meanwhile, or where it cannot be removed now. */
  const retire = (segment: Segment): Promise<boolean> =>
    exclusive(async () => {
      if (!isReplayed(segment)) return false;
      if (segment === index.segments.at(-1)) await writer.stop();
      if (!(await tryTo(() => retireSegment(segment, asideFolder)))) return false;
      index.segments = index.segments.filter((other) => other !== segment);
      if (problem.now?.code === 'SPOOL_FULL') problem.set(null);
      return true;
    });

  async function probe(): Promise<void> {
    if (!problem.now || problem.now.code === 'SPOOL_FULL' || Date.now() - probedAt < PROBE_EVERY_MS) return;
    probedAt = Date.now();
    const path = join(folder, 'probe');
    const isUsable = await tryTo(async () => {
      await load();
      try {
        await writeFile(path, Buffer.alloc(refusedBytes), { mode: PRIVATE_FILE, flush: true });
      } finally {
        await rm(path, { force: true });
      }
    });
    if (isUsable) problem.set(null);
  }

  const append = createGroupCommit(commit);
  await load().catch((error) => {
    if (error instanceof CannotStart) throw error;
    problem.set(problemOf(error, folder));
  });

  return {
    append(batch) {
      if (isClosed) return Promise.reject(new Overloaded('the server is closing'));
      const encoding = encodeBatch(batch).then((frame) => ({ batch, frame }));
      // Awaited later; until then a failure is no unhandled one.
      encoding.catch(() => {});
      return append(encoding);
    },
    async oldest() {
      if (!(await exclusive(() => tryTo(load)))) return undefined;
      for (let at = 0; at < index.segments.length; ) {
        const segment = index.segments[at]!;
        const found = await nextBatch(segment);
        if (found) return found;
        if (!(await retire(segment)) && isReplayed(segment)) at++;
      }
      return undefined;
    },
    async requestOf(idempotencyKey) {
      const place = index.requests.get(idempotencyKey);
      const found = place && (await readFrame(place.segment, place.start).catch(() => undefined));
      if (found?.kind !== 'batch') return undefined;
      const request = found.head.submissions.find(({ idempotency }) => idempotency?.key === idempotencyKey)!;
      return {
        bodyHash: request.idempotency!.bodyHash,
        answer: { accepted: request.records, rejected: request.rejected },
      };
    },
    deadLetters,
    async report() {
      if (problem.now) await exclusive(probe);
      const { segments, unreadable } = index;
      const aside = await readdir(asideFolder).catch(() => []);
      return {
        segments: segments.length,
        bytes: segments.reduce((sum, { end }) => sum + end, 0),
        batches: segments.reduce((sum, { batches }) => sum + batches, 0),
        oldestAt: segments.find(({ batches }) => batches > 0)?.oldestAt ?? null,
        damaged: segments.filter(({ isDamaged }) => isDamaged).length + aside.length,
        unreadable,
        deadLetterBytes: await deadLetters.bytes(),
        problem: problem.now,
      };
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await exclusive(writer.stop);
      await lock?.[Symbol.asyncDispose]();
    },
  };
}

/** Undefined for a file that is not there. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

const isReplayed = ({ position, end }: Segment): boolean => position >= end;

function createExclusive(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
