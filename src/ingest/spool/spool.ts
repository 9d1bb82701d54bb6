import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CannotStart, Overloaded } from '../../errors.ts';
import { lockFolder } from '../../folder-lock.ts';
import type { Rejection } from '../../log/rejection.ts';
import type { Timestamp } from '../../log/time.ts';
import { makeFolder, PRIVATE_FILE } from '../../private-file.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { type BatchHead, encodeBatch, type SpooledBatch } from './frame.ts';
import { createGroupCommit, type Pending } from './group-commit.ts';
import { isReplayed, readBatchHead, retireSegment, type Segment } from './segment.ts';
import { type BatchPlace, emptyIndex, readIndex } from './spool-index.ts';
import { createProblemState, fullProblem, overloaded, problemOf, type SpoolProblem } from './spool-problem.ts';
import { type Blocked, createSpoolReader, type OldestBatch } from './spool-reader.ts';
import { createSpoolWriter, type EncodedBatch } from './spool-writer.ts';

/** The size of a full segment. A larger batch gets a segment of its own. */
const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
/** After a failure, a report tries at most this often whether the folder can be written again. */
const PROBE_EVERY_MS = 1000;
/** This many heads of batches are read at once, when requests with known keys are repeated. */
const HEADS_AT_ONCE = 8;

/** A request with an idempotency key that is in the spool, and the result that its sender got. */
export interface SpooledRequest {
  bodyHash: Buffer;
  result: { accepted: number; rejected: Rejection[] };
}

export interface SpoolReport {
  segments: number;
  bytes: number;
  /** Not yet replayed. */
  batches: number;
  oldestAt: Timestamp | null;
  /** Segments with bytes that cannot be read. They are kept after their replay, for a person to look at. */
  damaged: number;
  /** Segments of another version. They stay untouched. */
  unreadable: number;
  deadLetterBytes: number;
  /** Why no batch is accepted now; null if batches are accepted. */
  problem: SpoolProblem | null;
  /** Why some batches cannot be replayed now, although the database is there; null if all can. */
  blocked: string | null;
}

export interface Spool extends AsyncDisposable {
  /** Resolves when the batch is on the disk. @throws Overloaded there is no room, or the folder cannot be written */
  append(batch: SpooledBatch): Promise<void>;
  /**
   * The oldest batch that is not done and can be read now: the same one until it is done or postponed. Undefined if there is
   * none. For one caller at a time.
   */
  oldest(): Promise<OldestBatch | undefined>;
  /** Why `oldest` does not give some batches now. */
  readonly blocked: Blocked | null;
  /** The requests with these idempotency keys whose batches are not done. */
  requestsOf(idempotencyKeys: readonly string[]): Promise<Map<string, SpooledRequest>>;
  deadLetters: DeadLetters;
  /** Checks first whether a problem is over. */
  report(): Promise<SpoolReport>;
}

export interface SpoolOptions {
  folder: string;
  segmentsMax: number;
  segmentBytesMax?: number;
  log: Logger;
}

/**
 * Keeps batches on disk while the database is away. The folder has a file `NUMBER.spool` for each segment, oldest first, and
 * the folders `damaged/` and `dead-letters/`. A folder that cannot be used does not stop the server: the spool reports the
 * problem and tries again with every use.
 * @throws CannotStart another server holds the folder
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, segmentsMax, segmentBytesMax = SEGMENT_BYTES_MAX, log } = options;
  const damagedFolder = join(folder, 'damaged');
  const deadLetters = createDeadLetters(join(folder, 'dead-letters'));
  const problem = createProblemState(log);
  /** Runs the work that changes files one after the other. */
  const exclusive = createExclusive();
  const index = emptyIndex();
  const writer = createSpoolWriter({ folder, index, segmentsMax, segmentBytesMax });
  let lock: AsyncDisposable | undefined;
  let isLoaded = false;
  let isClosed = false;
  let probedAt = 0;
  /** The smallest frame of the last write that failed: a probe writes as much. */
  let failedBytes = 0;

  async function load(): Promise<void> {
    if (isLoaded) return;
    await makeFolder(folder);
    lock ??= await lockFolder(folder, 'FALLBACK_DIRECTORY');
    Object.assign(index, await readIndex(folder, damagedFolder, reader.unreadable));
    isLoaded = true;
    const damaged = index.segments.filter((segment) => segment.isDamaged).map(({ path }) => path);
    if (damaged.length > 0)
      log.error({ damaged }, 'segments of the spool are damaged: the batches that can be read are replayed');
    if (index.unreadable > 0) log.error({ folder }, 'the spool has segments of another version: they are not replayed');
  }

  /** Whether the work succeeded. If not, its error becomes the problem. */
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
      if (!isUsable) rejectAll(group);
      else for (let at = 0; at < group.length; ) at += await commitSome(group.slice(at), batches.slice(at));
    });
  }

  /** Commits the first batches of the group, those that share an fsync. Returns how many. */
  async function commitSome(group: Pending<unknown>[], batches: EncodedBatch[]): Promise<number> {
    const slot = writer.slotFor(batches);
    if (!slot) {
      problem.set(fullProblem(folder, segmentsMax));
      rejectAll(group.slice(0, 1));
      return 1;
    }
    const some = group.slice(0, slot.count);
    if (await tryTo(() => writer.write(batches.slice(0, slot.count), slot.segment))) {
      problem.set(null);
      for (const { resolve } of some) resolve();
    } else {
      failedBytes = Math.min(...batches.map(({ frame }) => frame.length));
      rejectAll(some);
    }
    return slot.count;
  }

  const rejectAll = (group: Pending<unknown>[]): void => {
    for (const { reject } of group) reject(overloaded(problem.now!));
  };

  /** Whether the segment is gone. It stays if batches were appended meanwhile, or if it cannot be removed now. */
  const retire = (segment: Segment): Promise<boolean> =>
    exclusive(async () => {
      if (!isReplayed(segment)) return false;
      const isGone = await tryTo(async () => {
        if (segment === index.segments.at(-1)) await writer.stop();
        await retireSegment(segment, damagedFolder);
      });
      if (!isGone) return false;
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
        await writeFile(path, Buffer.alloc(failedBytes), { mode: PRIVATE_FILE, flush: true });
      } finally {
        await rm(path, { force: true });
      }
    });
    if (isUsable) problem.set(null);
  }

  async function readRequests(place: BatchPlace, keys: string[]): Promise<[string, SpooledRequest][]> {
    const head = await readBatchHead(place.segment, place.start).catch(() => undefined);
    return head ? keys.flatMap((key) => requestIn(head, key)) : [];
  }

  const reader = createSpoolReader({ index, retire, exclusive, log });
  const append = createGroupCommit(commit);
  await load().catch((error) => {
    if (error instanceof CannotStart) throw error;
    problem.set(problemOf(error, folder));
  });

  return {
    append(batch) {
      if (isClosed) return Promise.reject(new Overloaded('the server is closing'));
      const encoding = encodeBatch(batch).then((frame) => ({ batch, frame }));
      // `commit` awaits it later. Until then a failure must not count as unhandled.
      encoding.catch(() => {});
      return append(encoding);
    },
    async oldest() {
      return (await exclusive(() => tryTo(load))) ? reader.oldest() : undefined;
    },
    get blocked() {
      return reader.blocked;
    },
    async requestsOf(keys) {
      const known = keys.filter((key) => index.requests.has(key));
      const byBatch = [...Map.groupBy(known, (key) => index.requests.get(key)!)];
      const found: [string, SpooledRequest][] = [];
      for (let at = 0; at < byBatch.length; at += HEADS_AT_ONCE) {
        const some = byBatch.slice(at, at + HEADS_AT_ONCE);
        found.push(...(await Promise.all(some.map(([place, of]) => readRequests(place, of)))).flat());
      }
      return new Map(found);
    },
    deadLetters,
    async report() {
      if (problem.now) await exclusive(probe);
      const { segments, unreadable } = index;
      const damaged = await readdir(damagedFolder).catch(() => []);
      return {
        segments: segments.length,
        bytes: segments.reduce((sum, { end }) => sum + end, 0),
        batches: segments.reduce((sum, { batches }) => sum + batches, 0),
        oldestAt: segments.find(({ batches }) => batches > 0)?.oldestAt ?? null,
        damaged: segments.filter(({ isDamaged }) => isDamaged).length + damaged.length,
        unreadable,
        deadLetterBytes: await deadLetters.bytes(),
        problem: problem.now,
        blocked: reader.blocked?.message ?? null,
      };
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await exclusive(writer.stop);
      await lock?.[Symbol.asyncDispose]();
    },
  };
}

/** None if the head has no such request. */
function requestIn(head: BatchHead, key: string): [string, SpooledRequest][] {
  const request = head.submissions.find(({ idempotency }) => idempotency?.key === key);
  if (!request) return [];
  const { records: accepted, rejected, idempotency } = request;
  return [[key, { bodyHash: idempotency!.bodyHash, result: { accepted, rejected } }]];
}

function createExclusive(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
