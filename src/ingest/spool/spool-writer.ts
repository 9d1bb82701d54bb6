import { appendDurably } from './durable-file.ts';
import type { SpooledBatch } from './frame.ts';
import {
  createSegment,
  HEADER_BYTES,
  isAppendable,
  reopenSegment,
  type Segment,
  type SegmentFile,
  segmentPath,
} from './segment.ts';
import { enterRequests, type SpoolIndex } from './spool-index.ts';

export interface EncodedBatch {
  batch: SpooledBatch;
  frame: Buffer;
}

/** Where the next batches go, which share an fsync: the end of a segment, or a new segment. */
interface Slot {
  segment: Segment | 'new';
  /** How many of the batches, from the first on. */
  count: number;
}

interface SpoolWriter {
  /** Undefined if there is no room for the first batch. */
  slotFor(batches: EncodedBatch[]): Slot | undefined;
  /** Writes all or none. @throws errors of the file system */
  write(batches: EncodedBatch[], segment: Slot['segment']): Promise<void>;
  /** Closes the file. */
  stop(): Promise<void>;
}

interface SpoolWriterOptions {
  folder: string;
  index: SpoolIndex;
  segmentsMax: number;
  segmentBytesMax: number;
}

/** Appends to the spool's last segment and creates new ones. The caller makes one call at a time. */
export function createSpoolWriter({ folder, index, segmentsMax, segmentBytesMax }: SpoolWriterOptions): SpoolWriter {
  let writing: SegmentFile | undefined;

  async function begin(frames: Buffer): Promise<Segment> {
    await stop();
    writing = await createSegment(segmentPath(folder, index.nextNumber++), frames);
    index.segments.push(writing.segment);
    return writing.segment;
  }

  async function extend(segment: Segment, frames: Buffer): Promise<Segment> {
    try {
      if (writing?.segment !== segment) {
        await stop();
        writing = await reopenSegment(segment);
      }
      await appendDurably(writing.file, frames, segment.end);
    } catch (error) {
      await stop();
      throw error;
    }
    segment.end += frames.length;
    return segment;
  }

  function enter(segment: Segment, batches: EncodedBatch[]): void {
    let start = segment.end - bytesOf(batches);
    for (const { batch, frame } of batches) {
      enterRequests(index, batch, { segment, start });
      if (segment.batches++ === 0) segment.oldestAt = batch.spooledAt;
      start += frame.length;
    }
  }

  async function stop(): Promise<void> {
    const stopped = writing;
    writing = undefined;
    await stopped?.file.close();
  }

  return {
    slotFor(batches) {
      const last = index.segments.at(-1);
      const fitting = last && isAppendable(last) ? countFitting(batches, segmentBytesMax - last.end) : 0;
      if (fitting > 0) return { segment: last!, count: fitting };
      if (index.segments.length >= segmentsMax) return undefined;
      return { segment: 'new', count: Math.max(1, countFitting(batches, segmentBytesMax - HEADER_BYTES)) };
    },
    async write(batches, segment) {
      const frames = Buffer.concat(batches.map(({ frame }) => frame));
      enter(segment === 'new' ? await begin(frames) : await extend(segment, frames), batches);
    },
    stop,
  };
}

const bytesOf = (batches: EncodedBatch[]): number => batches.reduce((sum, { frame }) => sum + frame.length, 0);

/** How many of the batches, from the first on, fit together. */
function countFitting(batches: EncodedBatch[], bytesMax: number): number {
  let bytes = 0;
  const over = batches.findIndex(({ frame }) => {
    bytes += frame.length;
    return bytes > bytesMax;
  });
  return over < 0 ? batches.length : over;
}
