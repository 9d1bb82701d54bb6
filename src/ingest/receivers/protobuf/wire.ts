import { BodyRejected } from '../../../errors.ts';

/** Wire types of Protocol Buffers. Groups (3 and 4) are long out of use: they are errors. */
export const VARINT = 0;
const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;
const VARINT_BYTES_MAX = 10;

/**
 * Reads the fields of one message: `while (fields.next()) switch (fields.number) ...`. A value that is not taken is skipped.
 * Nothing is copied and nothing is allocated by a length that the sender only claims: a length past the end of the message is
 * an error.
 */
export class Fields {
  number = 0;
  type = 0;
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  /** Whether the value of the field is still to be read. */
  #isUnread = false;

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  /** @throws BodyRejected the bytes are not protobuf */
  next(): boolean {
    if (this.#isUnread) this.#skip();
    if (this.#at >= this.#end) return false;
    const tag = this.#varint32();
    this.number = tag >>> 3;
    this.type = tag & 7;
    if (this.number === 0) throw broken('a field with the number 0');
    this.#isUnread = true;
    return true;
  }

  /** The message, list or text of a field: the place of its bytes. */
  slice(): Slice {
    this.#expect(BYTES);
    const length = this.#varint32();
    const from = this.#at;
    this.#advance(length);
    return { from, end: from + length };
  }

  fields(): Fields {
    const { from, end } = this.slice();
    return new Fields(this.#bytes, from, end);
  }

  text(): string {
    const { from, end } = this.slice();
    return this.#bytes.toString('utf8', from, end);
  }

  /** `encoding`: as which text the bytes are given. */
  bytes(encoding: 'hex' | 'base64'): string {
    const { from, end } = this.slice();
    return this.#bytes.toString(encoding, from, end);
  }

  fixed64(): bigint {
    const from = this.#fixed64();
    return this.#bytes.readBigUInt64LE(from);
  }

  double(): number {
    const from = this.#fixed64();
    return this.#bytes.readDoubleLE(from);
  }

  /** An int64: negative ones have ten bytes. */
  int64(): bigint {
    this.#expect(VARINT);
    return BigInt.asIntN(64, this.#varint64());
  }

  bool(): boolean {
    return this.int64() !== 0n;
  }

  /** An enum, or another number that is small in every sensible message. */
  int32(): number {
    return Number(BigInt.asIntN(32, this.int64()));
  }

  #expect(type: number): void {
    if (this.type !== type) throw broken(`wire type ${this.type} in field ${this.number}, expected ${type}`);
    this.#isUnread = false;
  }

  #fixed64(): number {
    this.#expect(FIXED64);
    const from = this.#at;
    this.#advance(8);
    return from;
  }

  #skip(): void {
    switch (this.type) {
      case VARINT:
        this.#skipVarint();
        break;
      case FIXED64:
        this.#fixed64();
        break;
      case BYTES:
        this.slice();
        break;
      case FIXED32:
        this.#expect(FIXED32);
        this.#advance(4);
        break;
      default:
        throw broken(`wire type ${this.type} in field ${this.number}`);
    }
  }

  #advance(bytes: number): void {
    if (bytes > this.#end - this.#at) {
      throw broken(`field ${this.number} with ${bytes} bytes, where ${this.#end - this.#at} are left`);
    }
    this.#at += bytes;
  }

  /** A tag or a length. */
  #varint32(): number {
    // Nearly all have one byte.
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let factor = 0x80; factor <= 0x10000000; factor *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw broken('a tag or a length of more than 32 bits');
  }

  #varint64(): bigint {
    let low = 0;
    for (let factor = 1, read = 0; read < 7; read++, factor *= 0x80) {
      const byte = this.#byte();
      low += (byte & 0x7f) * factor;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken(`a number of more than ${VARINT_BYTES_MAX} bytes`);
  }

  #skipVarint(): void {
    this.#expect(VARINT);
    for (let read = 0; read < VARINT_BYTES_MAX; read++) if (this.#byte() < 0x80) return;
    throw broken(`a number of more than ${VARINT_BYTES_MAX} bytes`);
  }

  #byte(): number {
    if (this.#at >= this.#end) throw broken('the end of a message in the middle of a field');
    return this.#bytes[this.#at++]!;
  }
}

/** A part of the body. */
export interface Slice {
  from: number;
  end: number;
}

const broken = (got: string): BodyRejected =>
  new BodyRejected(400, 'INVALID_PROTOBUF', `expected a protobuf message, got ${got}. Nothing after it is read`);
