import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Timestamp } from '../../log/time.ts';
import { makeFolder, PRIVATE_FILE, syncFolder } from '../../private-file.ts';
import { appendDurably, cut } from './durable-file.ts';
import {
  type BatchHead,
  type Found,
  frameAt,
  frameBytes,
  headOf,
  PREFIX_BYTES,
  readPrefix,
  scanFrames,
} from './frame.ts';

/** A segment's header, in bytes: magic 8 | format version 4 | CRC-32 of these twelve bytes 4. */
const MAGIC = Buffer.from('WEIRSPL\n');
const VERSION = 1;
export const HEADER_BYTES = 16;
const HEADER = headerOf(VERSION);
/** This many damaged segments are kept, the newest. What could be read of them is stored already. */
const DAMAGED_MAX = 16;
const NAME = /^(\d{12})\.spool$/;

/** A file of frames. New frames are appended; the replay reads from the beginning. */
export interface Segment {
  readonly path: string;
  /** The size of its complete and durable frames. Bytes after that were never acknowledged. */
  end: number;
  /** Where the oldest batch that is not replayed begins. Only in memory: after a crash the whole segment is replayed. */
  position: number;
  /** How many batches are not replayed yet. */
  batches: number;
  /** How many of them the replay has passed and left for later. */
  postponed: number;
  /** When the oldest of them was spooled. */
  oldestAt: Timestamp | null;
  /** Some of its bytes cannot be read. It takes no more frames, and it is kept after its replay. */
  isDamaged: boolean;
  /** False if an earlier run left it and it could not be read yet. */
  isScanned: boolean;
  /** It could not be opened for writing: new frames go to another segment. */
  isClosed: boolean;
}

const newSegment = (path: string): Segment => ({
  path,
  end: 0,
  position: 0,
  batches: 0,
  postponed: 0,
  oldestAt: null,
  isDamaged: false,
  isScanned: true,
  isClosed: false,
});

/** A segment that an earlier run left: `scanSegment` reads it. */
export const unscannedSegment = (path: string): Segment => ({ ...newSegment(path), isScanned: false });

/** Whether all its batches are stored. */
export const isReplayed = ({ isScanned, position, end, postponed }: Segment): boolean =>
  isScanned && position >= end && postponed === 0;

export interface SegmentFile {
  segment: Segment;
  file: FileHandle;
}

export function headerOf(version: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(version, 8);
  header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
  return header;
}

/** The numbers of the segments in a folder, oldest first. Other files are ignored. */
export async function listSegments(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

export const segmentPath = (folder: string, number: number): string =>
  join(folder, `${String(number).padStart(12, '0')}.spool`);

/**
 * Reads a segment that an earlier run left, and calls `onBatch` for each batch. `end` excludes a torn last frame. False if the
 * file is of another version or is not a segment. @throws errors of the file system; the segment is unchanged
 */
export async function scanSegment(
  segment: Segment,
  onBatch: (head: BatchHead, start: number) => void,
): Promise<boolean> {
  const bytes = await readFile(segment.path);
  segment.isScanned = true;
  if (HEADER.subarray(0, bytes.length).equals(bytes)) return true;
  const version = versionOf(bytes);
  if (version !== undefined && version !== VERSION) return false;

  // Frames are found without the header, so a damaged header loses nothing.
  segment.position = version === undefined ? 0 : HEADER_BYTES;
  segment.end = bytes.length;
  for (const found of scanFrames(bytes, segment.position)) {
    if (found.kind === 'torn') segment.end = found.start;
    else if (found.kind === 'damage') segment.isDamaged = true;
    else {
      segment.batches++;
      segment.oldestAt ??= found.head.spooledAt;
      onBatch(found.head, found.start);
    }
  }
  return version !== undefined || segment.batches > 0;
}

function versionOf(bytes: Buffer): number | undefined {
  const header = bytes.subarray(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  return crc32(header.subarray(0, 12)) === header.readUInt32LE(12) ? header.readUInt32LE(8) : undefined;
}

/** Creates a segment with these frames, durably. A failure leaves no file. */
export async function createSegment(path: string, frames: Buffer): Promise<SegmentFile> {
  const file = await open(path, 'wx', PRIVATE_FILE);
  try {
    await appendDurably(file, Buffer.concat([HEADER, frames]), 0);
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  const end = HEADER_BYTES + frames.length;
  return { file, segment: { ...newSegment(path), end, position: HEADER_BYTES } };
}

/** Whether frames may be appended to it. */
export const isAppendable = ({ isDamaged, isClosed, end }: Segment): boolean =>
  !isDamaged && !isClosed && end >= HEADER_BYTES;

/** Opens a segment for appending. Cuts off what a torn write or a failed append left after its end. */
export async function reopenSegment(segment: Segment): Promise<SegmentFile> {
  const file = await open(segment.path, 'r+').catch((error) => {
    segment.isClosed = true;
    throw error;
  });
  try {
    if ((await file.stat()).size !== segment.end) await cut(file, segment.end);
    return { segment, file };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads the frame, or the damage, at a position of a segment. Positions count from the segment's beginning. */
export async function readFrame(segment: Segment, at: number): Promise<Found> {
  await using file = await open(segment.path, 'r');
  const prefix = readPrefix(await readBytes(file, at, PREFIX_BYTES), 0);
  const rest = segment.end - at;
  const found = frameAt(await readBytes(file, at, prefix ? Math.min(frameBytes(prefix), rest) : rest), 0);
  return { ...found, start: at, end: at + found.end };
}

/** Reads the head of the batch at a position, and not its records. Undefined if no batch can be read there. */
export async function readBatchHead(segment: Segment, at: number): Promise<BatchHead | undefined> {
  await using file = await open(segment.path, 'r');
  const prefix = readPrefix(await readBytes(file, at, PREFIX_BYTES), 0);
  if (!prefix || at + frameBytes(prefix) > segment.end) return undefined;
  return headOf(prefix, await readBytes(file, at + PREFIX_BYTES, prefix.headBytes));
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

/** Removes a replayed segment. A damaged one moves to `damagedFolder`, for a person to look at. */
export async function retireSegment({ path, isDamaged }: Segment, damagedFolder: string): Promise<void> {
  if (!isDamaged) return rm(path, { force: true });
  await makeFolder(damagedFolder);
  await rename(path, join(damagedFolder, basename(path)));
  const damaged = await listSegments(damagedFolder);
  for (const number of damaged.slice(0, -DAMAGED_MAX)) await rm(segmentPath(damagedFolder, number), { force: true });
}
