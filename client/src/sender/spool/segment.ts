import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import type { Batch, Frame } from '../batch.ts';
import { type FrameState, frameHeader, HEADER_BYTES, isWhole, readHeader, STATE_AT, stateBytes } from './frame.ts';

const PRIVATE_FILE = 0o600;
/** The first line of a file. The query follows: where its lines are sent to is not a matter of the process that finds them. */
const TITLE = 'weir-client-spool 1 ?';
const TITLE_BYTES_MAX = 4096;

/** One file of the spool. It is written synchronously: also while the process ends. */
export interface Segment {
  readonly path: string;
  readonly fd: number;
  readonly bytes: number;
  readonly query: string;
  /** @throws the disk is full, or cannot be written. The file is as before. */
  append(batch: Batch): Frame;
  /**
   * The first frames that are not done: one that was tried with all of its key, or some that were not, up to `bytesMax`.
   * Undefined if all are done. A torn frame and what follows it are skipped.
   */
  next(bytesMax: number): Batch | undefined;
  /** How many bytes at its end could not be read. */
  readonly tornBytes: number;
  close(): void;
  remove(): void;
}

export function createSegment(path: string, query: string): Segment {
  const fd = openSync(path, 'wx+', PRIVATE_FILE);
  try {
    const title = Buffer.from(`${TITLE}${query}\n`);
    writeSync(fd, title);
    return segmentOf(path, fd, title.length, title.length, query);
  } catch (error) {
    closeSync(fd);
    unlinkSync(path);
    throw error;
  }
}

/** A file that another process left. One that does not even have a whole title is removed. */
export function openSegment(path: string): Segment | undefined {
  const fd = openSync(path, 'r+');
  const begin = read(fd, 0, TITLE_BYTES_MAX);
  const titleEnd = begin.indexOf('\n') + 1;
  const title = begin.toString('utf8', 0, titleEnd);
  if (title.startsWith(TITLE)) return segmentOf(path, fd, fstatSync(fd).size, titleEnd, title.slice(TITLE.length, -1));
  closeSync(fd);
  unlinkSync(path);
  return undefined;
}

function segmentOf(path: string, fd: number, size: number, start: number, query: string): Segment {
  let bytes = size;
  let readAt = start;
  let tornBytes = 0;
  /** Of the last frame that was found done. */
  let doneKey = '';

  /** The frame at a place, without its lines. Undefined at the end, and where the file is torn. */
  const headerAt = (at: number) => {
    const header = readHeader(read(fd, at, HEADER_BYTES));
    return header && at + HEADER_BYTES + header.length <= bytes ? header : undefined;
  };

  function skipTorn(at: number): void {
    tornBytes += bytes - at;
    bytes = at;
  }

  const segment: Segment = {
    path,
    fd,
    query,
    get bytes() {
      return bytes;
    },
    get tornBytes() {
      return tornBytes;
    },
    append(batch) {
      const at = bytes;
      const frame = Buffer.concat([frameHeader(batch.body, stateOf(batch, false)), batch.body]);
      try {
        writeWhole(fd, frame, at);
      } catch (error) {
        ftruncateSync(fd, at);
        throw error;
      }
      bytes = at + frame.length;
      return { segment, at };
    },
    next(bytesMax) {
      const frames: Frame[] = [];
      const bodies: Buffer[] = [];
      let first: FrameState | undefined;
      let taken = 0;
      for (let at = readAt; at < bytes; ) {
        const header = headerAt(at);
        const body = header && read(fd, at + HEADER_BYTES, header.length);
        if (!header || !body || !isWhole(header, body)) {
          skipTorn(at);
          break;
        }
        const end = at + HEADER_BYTES + header.length;
        if (header.isDone || (header.key !== '' && header.key === doneKey)) {
          if (first) break;
          doneKey = header.key;
          readAt = end;
        } else {
          const isSame = !first || first.key === header.key;
          if (!isSame || (first?.key === '' && taken + body.length > bytesMax)) break;
          first ??= header;
          frames.push({ segment, at });
          bodies.push(body);
          taken += body.length;
        }
        at = end;
      }
      if (!first) return undefined;
      const { key, unknownSince, isRepeat } = first;
      return { body: Buffer.concat(bodies), query, key, unknownSince, isRepeat, sealedAt: 0, frames };
    },
    close: () => closeSync(fd),
    remove() {
      closeSync(fd);
      unlinkSync(path);
    },
  };
  return segment;
}

const stateOf = ({ key, unknownSince, isRepeat }: Batch, isDone: boolean): FrameState => ({
  key,
  unknownSince,
  isRepeat,
  isDone,
});

/** Writes what a try changed of a batch over its frames. */
export function saveState(batch: Batch): void {
  const bytes = stateBytes(stateOf(batch, false));
  for (const { segment, at } of batch.frames) writeWhole(segment.fd, bytes, at + STATE_AT);
}

/** The first frame stands for all with its key: a process that is killed here leaves no half of a batch. */
export function saveDone(batch: Batch): void {
  const first = batch.frames[0];
  if (first) writeWhole(first.segment.fd, stateBytes(stateOf(batch, true)), first.at + STATE_AT);
}

function writeWhole(fd: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}

function read(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  for (let count = -1; count !== 0 && done < length; done += count)
    count = readSync(fd, bytes, done, length - done, at + done);
  return bytes.subarray(0, done);
}
