import { BodyRejected } from '../../../errors.ts';
import type { Allocate } from '../../http/store-body.ts';

/** A copy of three bytes makes 64: no block unpacks to more than this many times its length. */
const RATIO_MAX = 22;
/** After so many bytes of the result, other work may run. */
const TURN_BYTES = 512 * 1024;
/** Longer pieces are copied by the machine, shorter ones byte by byte: that is faster. */
const SHORT = 24;

/**
 * Unpacks the block format of snappy. The length that the block claims is checked before anything is allocated. It yields now and
 * then, so that other work can run.
 * Format: google/snappy, `format_description.txt`.
 * @throws BodyRejected the bytes are no such block. What `allocate` throws
 */
export function* unsnapped(block: Buffer, allocate: Allocate): Generator<void, Buffer> {
  const { value: length, next } = lengthOf(block);
  if (length > block.length * RATIO_MAX) throw broken(`${block.length} bytes that claim to hold ${length}`);
  const result = allocate(length);
  let from = next;
  let to = 0;
  let turnEnds = TURN_BYTES;
  while (from < block.length) {
    const tag = block[from++]!;
    const kind = tag & 3;
    let size = (tag >> 2) + 1;
    if (kind === 0) {
      if (size > 60) {
        const bytes = size - 60;
        size = littleEndian(block, from, bytes) + 1;
        from += bytes;
      }
      if (size > block.length - from || size > length - to) throw broken('a literal that is longer than its block');
      if (size > SHORT) block.copy(result, to, from, from + size);
      else for (let i = 0; i < size; i++) result[to + i] = block[from + i]!;
      from += size;
    } else {
      let offset: number;
      if (kind === 1) {
        size = ((tag >> 2) & 7) + 4;
        offset = ((tag >> 5) << 8) | littleEndian(block, from, 1);
        from += 1;
      } else {
        const bytes = kind === 2 ? 2 : 4;
        offset = littleEndian(block, from, bytes);
        from += bytes;
      }
      if (offset === 0 || offset > to || size > length - to) throw broken('a copy from outside of what it holds');
      copyInside(result, to, offset, size);
    }
    to += size;
    if (to > turnEnds) {
      turnEnds = to + TURN_BYTES;
      yield;
    }
  }
  if (to !== length) throw broken(`${to} bytes where ${length} were claimed`);
  return result;
}

/** A copy may reach into itself: then it repeats what it has written. */
function copyInside(result: Buffer, to: number, offset: number, size: number): void {
  const start = to - offset;
  if (size > SHORT && offset >= size) result.copyWithin(to, start, start + size);
  else for (let i = 0; i < size; i++) result[to + i] = result[start + i]!;
}

function lengthOf(block: Buffer): { value: number; next: number } {
  let value = 0;
  for (let at = 0; at < 5 && at < block.length; at++) {
    value += (block[at]! & 0x7f) * 0x80 ** at;
    if (block[at]! < 0x80) return { value, next: at + 1 };
  }
  throw broken('no length at its beginning');
}

function littleEndian(block: Buffer, at: number, bytes: number): number {
  if (at + bytes > block.length) throw broken('the end of the block inside an element');
  return block.readUIntLE(at, bytes);
}

const broken = (got: string): BodyRejected =>
  new BodyRejected(400, 'INVALID_SNAPPY', `expected a body in snappy's block format, got ${got}`);
