import { BodyRejected } from '../errors.ts';
import { RECORD_BYTES_MAX } from './record.ts';

/** Of one value, if no walk goes into it. */
const VALUE_BYTES_MAX = RECORD_BYTES_MAX;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** The text of a value. */
export interface JsonSlice {
  from: number;
  end: number;
}

export const bytesOf = ({ from, end }: JsonSlice): number => end - from;

/**
 * Walks through the outer objects and lists of a JSON text, so that what they hold can be parsed piece by piece. After each
 * member or element, its value must be walked or skipped. It looks only at strings, brackets and commas: the parser checks
 * what is inside the pieces.
 */
export class JsonWalk {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    if (BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte)) this.#at = BYTE_ORDER_MARK.length;
  }

  /** The keys of the object that comes next, without those that are null: in proto3 JSON null means not set. @throws BodyRejected none comes */
  *members(): Generator<string> {
    this.#take(OPEN_OBJECT, '{');
    for (let isFirst = true; !this.#takes(CLOSE_OBJECT); isFirst = false) {
      if (!isFirst) this.#take(COMMA, 'a comma or }');
      if (this.#next() !== QUOTE) throw this.#unexpected('a key');
      const { from, end } = this.skip();
      this.#take(COLON, 'a colon');
      if (!this.#takesNull()) yield this.#bytes.toString('utf8', from + 1, end - 1);
    }
  }

  /** The elements of the list that comes next. @throws BodyRejected none comes */
  *elements(): Generator<void> {
    this.#take(OPEN_LIST, '[');
    for (let isFirst = true; !this.#takes(CLOSE_LIST); isFirst = false) {
      if (!isFirst) this.#take(COMMA, 'a comma or ]');
      yield;
    }
  }

  /** The value that comes next. @throws BodyRejected it is too long, or has no end */
  skip(): JsonSlice {
    const first = this.#next();
    const from = this.#at;
    const isOpen = first === OPEN_OBJECT || first === OPEN_LIST;
    this.#at = first === QUOTE ? this.#endOfString(from) : isOpen ? this.#endOfBrackets(from) : this.#endOfWord(from);
    return { from, end: this.#at };
  }

  /** @throws BodyRejected more follows */
  end(): void {
    if (this.#next() !== undefined) throw this.#unexpected('the end of the body');
  }

  /** The first byte that is no space. */
  #next(): number | undefined {
    while (isSpace(this.#bytes[this.#at])) this.#at++;
    return this.#bytes[this.#at];
  }

  #takes(byte: number): boolean {
    if (this.#next() !== byte) return false;
    this.#at++;
    return true;
  }

  #takesNull(): boolean {
    this.#next();
    if (this.#bytes.toString('latin1', this.#at, this.#at + 4) !== 'null') return false;
    this.#at += 4;
    return true;
  }

  #take(byte: number, expected: string): void {
    if (!this.#takes(byte)) throw this.#unexpected(expected);
  }

  #unexpected(expected: string) {
    const got = this.#bytes[this.#at];
    return invalid(
      `expected JSON with ${expected} at byte ${this.#at}, got ${got === undefined ? 'the end of the body' : shownByte(got)}`,
    );
  }

  #endOfBrackets(from: number): number {
    const last = Math.min(this.#bytes.length, from + VALUE_BYTES_MAX);
    let depth = 0;
    for (let i = from; i < last; i++) {
      const byte = this.#bytes[i];
      if (byte === QUOTE) i = this.#endOfString(i) - 1;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
      else if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && --depth === 0) return i + 1;
    }
    throw this.#endless(from);
  }

  /** A quote after an odd number of backslashes is a character of the string. */
  #endOfString(from: number): number {
    const last = Math.min(this.#bytes.length, from + VALUE_BYTES_MAX);
    for (let i = from + 1; i < last; i++) {
      const byte = this.#bytes[i];
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) return i + 1;
    }
    throw this.#endless(from);
  }

  #endOfWord(from: number): number {
    let i = from;
    while (i < this.#bytes.length && !isSpace(this.#bytes[i]) && !ENDS_WORD.has(this.#bytes[i]!)) i++;
    if (i === from) throw this.#unexpected('a value');
    return i;
  }

  #endless(from: number) {
    return this.#bytes.length - from > VALUE_BYTES_MAX
      ? invalid(`expected a value of at most ${VALUE_BYTES_MAX} bytes at byte ${from}, got a longer one`)
      : invalid(`expected JSON, got a value without an end, which begins at byte ${from}`);
  }
}

const ENDS_WORD = new Set([COMMA, CLOSE_LIST, CLOSE_OBJECT, COLON, OPEN_LIST, OPEN_OBJECT, QUOTE]);
const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const shownByte = (byte: number): string =>
  byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `the byte 0x${byte.toString(16).padStart(2, '0')}`;

const invalid = (what: string): BodyRejected =>
  new BodyRejected(400, 'INVALID_JSON', `${what}. Nothing after it is read`);
