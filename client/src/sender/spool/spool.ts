import type { Batch } from '../batch.ts';
import type { OnProblem } from '../problems.ts';
import { TOUCH_MS } from './owner.ts';
import { createSegment, openSegment, type Segment, saveDone, saveState } from './segment.ts';
import { type LeftFile, openSharedFolder, type SharedFolder } from './shared-folder.ts';

/** A file this long gets no more batches. Its space is free again when all of them are stored. */
const SEGMENT_BYTES = 4 * 1024 * 1024;

/** Batches on disk: for a server that is away longer than memory lasts, and for a process that ends. */
export interface Spool {
  /** False: it is full, or cannot be written. */
  append(batch: Batch): boolean;
  /** The next batch to send: the same one until it is done. Undefined if there is none. */
  next(): Batch | undefined;
  /** Keeps what a try changed of a batch. */
  save(batch: Batch): void;
  done(batch: Batch): void;
  close(): void;
}

interface SpoolOptions {
  folder: string;
  /** 0: no spool. */
  bytesMax: number;
  batchBytesMax: number;
  onProblem: OnProblem;
  /** Another process left something to send. */
  onFound: () => void;
}

/** A spool that cannot be opened is a problem, and holds nothing. */
export function openSpool({ folder, bytesMax, batchBytesMax, onProblem, onFound }: SpoolOptions): Spool {
  let shared: SharedFolder | undefined;
  /** Of this process. Only the last one is written. */
  const segments: Segment[] = [];
  /** What other processes left, and the one of them that is being sent. */
  const left: LeftFile[] = [];
  let current: Segment | undefined;

  /** Undefined: it failed. */
  function attempt<Result>(what: string, call: () => Result): Result | undefined {
    try {
      return call();
    } catch (error) {
      onProblem({ code: 'SPOOL', message: `the spool ${folder} ${what}: ${(error as Error).message}` });
      return undefined;
    }
  }

  function look(): void {
    attempt('cannot be searched for what other processes left', () => {
      shared!.touch();
      left.push(...shared!.adopt());
    });
    if (left.length > 0) onFound();
  }

  if (bytesMax > 0) shared = attempt('cannot be used', () => openSharedFolder(folder));
  if (shared) look();
  const timer = setInterval(() => shared && look(), TOUCH_MS).unref();

  const bytes = (): number =>
    [...segments, ...left, ...(current ? [current] : [])].reduce((sum, file) => sum + file.bytes, 0);

  function segmentFor(batch: Batch): Segment {
    const last = segments.at(-1);
    if (last && last.query === batch.query && last.bytes < SEGMENT_BYTES) return last;
    const segment = createSegment(shared!.newPath(), batch.query);
    segments.push(segment);
    return segment;
  }

  function firstSegment(): Segment | undefined {
    while (!current && left.length > 0) {
      const { path } = left.shift()!;
      current = attempt('has a file that cannot be read', () => openSegment(path));
    }
    return current ?? segments[0];
  }

  function forget(segment: Segment): void {
    if (segment === current) current = undefined;
    else segments.shift();
  }

  function remove(segment: Segment): void {
    forget(segment);
    if (segment.tornBytes > 0)
      onProblem({ code: 'SPOOL', message: `${segment.tornBytes} bytes at the end of ${segment.path} were torn` });
    attempt('cannot remove a file', segment.remove);
  }

  return {
    append(batch) {
      if (!shared || bytes() + batch.body.length > bytesMax) return false;
      const frame = attempt('cannot be written', () => segmentFor(batch).append(batch));
      if (!frame) return false;
      batch.frames = [frame];
      return true;
    },
    next() {
      for (let segment = firstSegment(); segment; segment = firstSegment()) {
        const first = segment;
        const read = attempt('has a file that cannot be read', () => ({ batch: first.next(batchBytesMax) }));
        if (read?.batch) return read.batch;
        if (read) remove(first);
        else {
          // It stays for another process: that one may be able to read it.
          forget(first);
          attempt('cannot close a file', first.close);
        }
      }
      return undefined;
    },
    save: (batch) => void attempt('cannot be written', () => saveState(batch)),
    done: (batch) => void attempt('cannot be written', () => saveDone(batch)),
    close() {
      clearInterval(timer);
      for (const segment of [...segments.splice(0), ...(current ? [current] : [])])
        attempt('cannot close a file', segment.close);
      current = undefined;
      shared?.close();
      shared = undefined;
    },
  };
}
