import type { CountDrop } from '../../listeners/drops.ts';

/** The chunks of a message must come within this time. */
const WITHIN_MS = 5000;
/** Of all messages whose chunks have not all come, together. Then the oldest is dropped. */
const BYTES_MAX = 16 * 1024 * 1024;
const UNFINISHED_MAX = 2000;
/** The memory of a chunk or message beside its bytes. */
const OVERHEAD_BYTES = 200;
/** Messages that are put together are remembered, because networks double datagrams. */
const FINISHED_MAX = 10_000;

/** Magic bytes, an id of 8 bytes, the chunk's number from 0, and how many chunks the message has. */
const MAGIC = 0x1e0f;
const HEADER_BYTES = 12;
const CHUNKS_MAX = 128;

interface Unfinished {
  chunks: (Buffer | undefined)[];
  missing: number;
  bytes: number;
  begunAt: number;
}

export interface ChunkLimits {
  countDrop: CountDrop;
  withinMs?: number;
  bytesMax?: number;
  unfinishedMax?: number;
}

export const isChunk = (datagram: Buffer): boolean => datagram.length >= 2 && datagram.readUInt16BE() === MAGIC;

/**
 * Puts the chunks of messages together, in any order. Undefined: more must come. A datagram that is no chunk, or a broken one, comes
 * back as it is. Format: Graylog, "GELF via UDP".
 */
export function createChunkAssembler({
  countDrop,
  withinMs = WITHIN_MS,
  bytesMax = BYTES_MAX,
  unfinishedMax = UNFINISHED_MAX,
}: ChunkLimits): (datagram: Buffer, peer: string) => Buffer | undefined {
  /** Both from the oldest to the newest. */
  const unfinished = new Map<string, Unfinished>();
  const finished = new Map<string, number>();
  let heldBytes = 0;
  let isScheduled = false;

  function drop(key: string, reason: 'unfinished' | 'memory'): void {
    forget(key);
    countDrop(reason);
  }

  function forget(key: string): void {
    heldBytes -= unfinished.get(key)!.bytes;
    unfinished.delete(key);
  }

  /** Drops what is too old. It runs while there is something, so that drops are counted also if nothing else comes. */
  function expire(): void {
    isScheduled = false;
    const before = performance.now() - withinMs;
    for (const [key, { begunAt }] of unfinished) {
      if (begunAt > before) break;
      drop(key, 'unfinished');
    }
    for (const [key, at] of finished) {
      if (at > before) break;
      finished.delete(key);
    }
    if (unfinished.size + finished.size > 0) schedule();
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setTimeout(expire, withinMs / 5).unref();
  }

  function hold(key: string, count: number, number: number, chunk: Buffer): Buffer | undefined {
    const message = unfinished.get(key) ?? begin(key, count);
    if (message.chunks[number]) return undefined;
    message.chunks[number] = chunk;
    const bytes = chunk.length + OVERHEAD_BYTES;
    message.bytes += bytes;
    heldBytes += bytes;
    if (--message.missing === 0) return finish(key, message);
    for (const oldest of unfinished.keys()) {
      if (heldBytes <= bytesMax && unfinished.size <= unfinishedMax) break;
      drop(oldest, 'memory');
    }
    return undefined;
  }

  function begin(key: string, count: number): Unfinished {
    const chunks = Array<undefined>(count).fill(undefined);
    const message = { chunks, missing: count, bytes: OVERHEAD_BYTES, begunAt: performance.now() };
    unfinished.set(key, message);
    heldBytes += message.bytes;
    schedule();
    return message;
  }

  function finish(key: string, { chunks }: Unfinished): Buffer {
    forget(key);
    finished.set(key, performance.now());
    const [oldest] = finished.keys();
    if (finished.size > FINISHED_MAX) finished.delete(oldest!);
    return Buffer.concat(chunks as Buffer[]);
  }

  return (datagram, peer) => {
    if (!isChunk(datagram) || datagram.length < HEADER_BYTES) return datagram;
    const number = datagram[10]!;
    const count = datagram[11]!;
    const key = `${peer} ${datagram.toString('latin1', 2, 10)}`;
    const known = unfinished.get(key)?.chunks.length ?? count;
    if (count === 0 || count > CHUNKS_MAX || number >= count || count !== known) return datagram;
    return finished.has(key) ? undefined : hold(key, count, number, datagram.subarray(HEADER_BYTES));
  };
}
