import { crc32 } from 'node:zlib';

/**
 * A frame is a header of fixed size, and lines. What a try changes is written over the header in place, so that it needs no
 * space on a full disk.
 *
 *     0 magic (8)   8 length (4)   12 crc32 of the lines (4)   16 unknownSince (8)   24 flags (1)   28 key (36)
 */
export const HEADER_BYTES = 64;
const MAGIC = 'WEIRFRM1';
const DONE = 1;
const REPEAT = 2;
/** As `prepare` makes them. A state that was torn may hold anything; the header of a request may not. */
const KEY = /^[\w-]{36}$/;

export interface FrameState {
  key: string;
  unknownSince: number;
  isRepeat: boolean;
  isDone: boolean;
}

export interface FrameHeader extends FrameState {
  length: number;
  crc: number;
}

export function frameHeader(body: Buffer, state: FrameState): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(body.length, 8);
  header.writeUInt32LE(crc32(body), 12);
  stateBytes(state).copy(header, STATE_AT);
  return header;
}

/** Where the bytes of `stateBytes` stand in a header. */
export const STATE_AT = 16;

export function stateBytes({ key, unknownSince, isRepeat, isDone }: FrameState): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES - STATE_AT);
  bytes.writeDoubleLE(unknownSince, 0);
  bytes.writeUInt8((isDone ? DONE : 0) | (isRepeat ? REPEAT : 0), 8);
  bytes.write(key, 12, 36, 'latin1');
  return bytes;
}

/** Undefined where no header stands: the file is torn there. */
export function readHeader(bytes: Buffer): FrameHeader | undefined {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const flags = bytes.readUInt8(24);
  const key = bytes.toString('latin1', 28, HEADER_BYTES);
  return {
    length: bytes.readUInt32LE(8),
    crc: bytes.readUInt32LE(12),
    unknownSince: bytes.readDoubleLE(16),
    isDone: (flags & DONE) !== 0,
    isRepeat: (flags & REPEAT) !== 0,
    key: KEY.test(key) ? key : '',
  };
}

export const isWhole = (header: FrameHeader, body: Buffer): boolean =>
  body.length === header.length && crc32(body) === header.crc;
