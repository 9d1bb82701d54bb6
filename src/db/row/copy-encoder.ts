import { secondsOf, type Timestamp } from '../../log/time.ts';
import { writeNewUid } from '../../log/uid.ts';

/** `PGCOPY`, bytes that a text transfer would damage, and two empty fields: flags and the length of an extension. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const END_OF_DATA = -1;
/** The length of a value that is null. */
export const NULL_LENGTH = -1;
export const SECONDS_TO_2000 = 946_684_800;
const JSONB_VERSION = 1;
export const JSONB_VERSION_BYTES = 1;
/** Up to this length a loop over the characters is quicker than a call into the encoder of Node. */
const SHORT_TEXT = 32;
/** The same for bytes, and `set`. */
const SHORT_COPY = 128;
const UTF8_BYTES_MAX = 3;
/** At least what a row has beside the contents of its texts and its JSON. */
const ROW_BYTES = 512;

/**
 * Writes rows in the binary format of COPY into one buffer, which grows as needed. A value is written as its column's type, and
 * the values of a row in the order of the columns: PostgreSQL sees only lengths and bytes.
 * Format: PostgreSQL manual, COPY, "Binary Format"; of each type, `src/backend/utils/adt`, the functions `..._recv`.
 */
export class CopyEncoder {
  #bytes: Buffer;
  #view: DataView;
  #at = 0;
  #shared = { value: '', low: 0, high: 0 };

  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
    this.#view = viewOf(this.#bytes);
  }

  /** How many bytes are written. */
  get length(): number {
    return this.#at;
  }

  /** All of the buffer: what is written in it stays as it is, also when more is written. */
  get written(): Buffer {
    return this.#bytes;
  }

  /** What is written. The encoder must not be used again: it would change these bytes. */
  end(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Comes before the first row. */
  header(): void {
    this.#reserve();
    this.#at += HEADER.copy(this.#bytes, this.#at);
  }

  /** Comes after the last row. */
  trailer(): void {
    this.#reserve();
    this.#int16(END_OF_DATA);
  }

  /** Begins a row of this many values, without which no value may be written. */
  row(values: number): void {
    this.#reserve();
    this.#int16(values);
  }

  int2(value: number): void {
    this.#int32(2);
    this.#int16(value);
  }

  /** A number that is no int4 is written so that PostgreSQL rejects it, as it rejects the number's text. */
  int4(value: number | null): void {
    if (value === null) this.#int32(NULL_LENGTH);
    else if ((value | 0) !== value) this.float8(value);
    else {
      this.#int32(4);
      this.#int32(value);
    }
  }

  int8(value: number): void {
    this.#int64(value >>> 0, Math.floor(value / 2 ** 32));
  }

  float8(value: number | null): void {
    if (value === null) this.#int32(NULL_LENGTH);
    else {
      this.#int32(8);
      this.#view.setFloat64(this.#at, value);
      this.#at += 8;
    }
  }

  timestamptz(value: Timestamp): void {
    const { low, high } = microsSince2000(value);
    this.#int64(low, high);
  }

  /** The same for a time that neighbours share: it is computed once for them. */
  sharedTimestamptz(value: Timestamp): void {
    if (value !== this.#shared.value) this.#shared = { value, ...microsSince2000(value) };
    this.#int64(this.#shared.low, this.#shared.high);
  }

  /** A new uid of this server. */
  newUid(): void {
    this.#int32(16);
    writeNewUid(this.#bytes, this.#at);
    this.#at += 16;
  }

  uuid(value: string): void {
    this.#int32(16);
    for (let i = 0; i < 36; i += 2) {
      if (value.charCodeAt(i) === HYPHEN) i++;
      this.#bytes[this.#at++] = (hexDigit(value.charCodeAt(i)) << 4) | hexDigit(value.charCodeAt(i + 1));
    }
  }

  text(value: string | null): void {
    if (value === null) this.#int32(NULL_LENGTH);
    else {
      this.#reserve(4 + value.length * UTF8_BYTES_MAX);
      const length = this.#utf8(value, this.#at + 4);
      this.#int32(length);
      this.#at += length;
    }
  }

  /** A text that is UTF-8 already. */
  textBytes(bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(4 + to - from);
    this.#int32(to - from);
    this.#copy(bytes, from, to);
  }

  /** Rows that another encoder has written. */
  rows(bytes: Buffer, from: number, to: number): void {
    this.#reserve(to - from);
    this.#at += bytes.copy(this.#bytes, this.#at, from, to);
  }

  /** Begins a value of `jsonb` of which `jsonPiece` adds the JSON. Returns what `endJsonb` needs. */
  beginJsonb(): number {
    this.#reserve();
    this.#at += 4;
    this.#bytes[this.#at++] = JSONB_VERSION;
    return this.#at;
  }

  jsonPiece(bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    this.#copy(bytes, from, to);
  }

  endJsonb(begin: number): void {
    this.#view.setInt32(begin - 1 - 4, this.#at - begin + 1);
  }

  /** Takes back what was written after there were so many bytes. */
  backTo(length: number): void {
    this.#at = length;
  }

  #copy(from: Uint8Array, begin: number, end: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    if (end - begin <= SHORT_COPY) for (let i = begin; i < end; i++) bytes[at++] = from[i]!;
    else {
      bytes.set(from.subarray(begin, end), at);
      at += end - begin;
    }
    this.#at = at;
  }

  /** `json`: JSON text. PostgreSQL parses it. */
  jsonb(json: string): void {
    this.#reserve(5 + json.length * UTF8_BYTES_MAX);
    const length = this.#utf8(json, this.#at + 5);
    this.#int32(1 + length);
    this.#bytes[this.#at++] = JSONB_VERSION;
    this.#at += length;
  }

  /** Writes the text at `at`, and returns its bytes. */
  #utf8(text: string, at: number): number {
    const { length } = text;
    if (length > SHORT_TEXT) return this.#bytes.write(text, at);
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return bytes.write(text, at);
      bytes[at + i] = code;
    }
    return length;
  }

  #int16(value: number): void {
    this.#view.setInt16(this.#at, value);
    this.#at += 2;
  }

  #int32(value: number): void {
    this.#view.setInt32(this.#at, value);
    this.#at += 4;
  }

  #int64(low: number, high: number): void {
    this.#int32(8);
    this.#int32(high);
    this.#int32(low);
  }

  /** Makes room for `bytes`, and for all values of a row that reserve none. */
  #reserve(bytes = 0): void {
    const needed = this.#at + bytes + ROW_BYTES;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, needed));
    grown.set(this.end());
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }
}

/** Their sum can be beyond 2^53, so its low half is multiplied modulo 2^32. */
function microsSince2000(value: Timestamp): { low: number; high: number } {
  const seconds = secondsOf(value) - SECONDS_TO_2000;
  const micros = Number(value.slice(20, 26));
  const low = (Math.imul(seconds, 1_000_000) + micros) >>> 0;
  return { low, high: Math.round((seconds * 1_000_000 + micros - low) / 2 ** 32) };
}

const HYPHEN = 0x2d;
/** Of `0` to `9` and `a` to `f`. */
const hexDigit = (code: number): number => (code & 15) + (code >> 6) * 9;

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength);
