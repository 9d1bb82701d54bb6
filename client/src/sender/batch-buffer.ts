import { type Batch, newBatch } from './batch.ts';
import { cutAt } from './lines.ts';

/** Lines in memory: an open batch, and sealed ones that wait. */
export interface BatchBuffer {
  /**
   * Adds whole lines. A batch that has `batchBytesMax` is sealed.
   * @param makeRoom frees memory; false: it cannot
   * @returns the lines for which there is no room
   */
  add(lines: Buffer, makeRoom: () => boolean): Buffer[];
  /** Adds a batch beyond the bound: what tells of dropped lines must not be dropped like them. */
  insert(lines: Buffer): void;
  readonly hasOpen: boolean;
  /** Ends the open batch. */
  seal(): void;
  /** The first of them is the oldest. */
  readonly waiting: readonly Batch[];
  /** Its bytes count until it is released. */
  take(): Batch | undefined;
  putBack(batch: Batch): void;
  release(batch: Batch): void;
}

interface BatchBufferOptions {
  batchBytesMax: number;
  /** Of all batches together. */
  bytesMax: number;
  query: string;
}

export function createBatchBuffer({ batchBytesMax, bytesMax, query }: BatchBufferOptions): BatchBuffer {
  let open: Buffer[] = [];
  let openBytes = 0;
  let bytes = 0;
  const waiting: Batch[] = [];

  function seal(): void {
    if (openBytes === 0) return;
    waiting.push(newBatch(Buffer.concat(open), query));
    open = [];
    openBytes = 0;
  }

  return {
    get hasOpen() {
      return openBytes > 0;
    },
    waiting,
    seal,
    add(lines, makeRoom) {
      const left: Buffer[] = [];
      for (let rest = lines; rest.length > 0; ) {
        const at = cutAt(rest, batchBytesMax - openBytes);
        if (openBytes > 0 && openBytes + at > batchBytesMax) {
          // The next line does not fit: it begins another batch.
          seal();
          continue;
        }
        const piece = rest.subarray(0, at);
        rest = rest.subarray(at);
        while (bytes + at > bytesMax && makeRoom()) {}
        if (bytes + at > bytesMax) {
          left.push(piece);
          continue;
        }
        open.push(piece);
        openBytes += at;
        bytes += at;
        if (openBytes >= batchBytesMax) seal();
      }
      return left;
    },
    insert(lines) {
      waiting.push(newBatch(lines, query));
      bytes += lines.length;
    },
    take: () => waiting.shift(),
    putBack: (batch) => void waiting.unshift(batch),
    release(batch) {
      bytes -= batch.body.length;
    },
  };
}
