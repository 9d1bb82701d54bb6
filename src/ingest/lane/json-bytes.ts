import { storableText } from '../../log/json.ts';
import type { Redactor } from '../../log/record.ts';
import { CARD_DIGITS_MIN } from '../../log/redact/card-number.ts';
import { pairIndex } from '../../log/redact/pair-scan.ts';
import { ByteMemo } from './byte-memo.ts';

/** What a value is. `RAW`: an object or a list that is copied as it stands. */
export const STRING = 0;
/** A string with a backslash. */
export const ESCAPED = 1;
export const NUMBER = 2;
export const TRUE = 3;
export const FALSE = 4;
export const NULL = 5;
export const RAW = 6;

/** A place that is none: the line is not read here. */
export const NONE = -1;

/** Objects and lists inside one another, in a value that is copied as it stands. */
const DEPTH_MAX = 16;
/** More digits may be more than a double holds. */
const DIGITS_MAX = 15;

export const QUOTE = 0x22;
export const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
export const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;
const TRUE_WORD = Buffer.from('true');
const FALSE_WORD = Buffer.from('false');
const NULL_WORD = Buffer.from('null');

const NO_PAIRS = { ofPair: new Int32Array(128 * 128), ofDigits: 0 };

/**
 * The values of JSON in bytes: where they end, and whether redaction may change them. What it cannot be sure to read as `JSON.parse`
 * does, it does not read: the end is then `NONE`. That is also so for what is no JSON.
 */
export class JsonBytes {
  /** Commas and opening brackets, as `scanJson` counts them. */
  values = 0;
  /** All bits of all bytes of strings: those of ASCII are at most 0x7f. */
  allBits = 0;
  /** Of the last string: the rules of redaction that may match. */
  found = 0;
  /** Of the last string: the text, where it has a backslash. */
  text: string | undefined = undefined;
  /** Of the last value that is neither a string, an object nor a list. */
  kind = NULL;

  readonly #redactor: Redactor | null;
  readonly #ofPair: Int32Array;
  readonly #ofDigits: number;
  readonly #isPlainName: ByteMemo<boolean>;
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;

  constructor(redactor: Redactor | null) {
    const { ofPair, ofDigits } = redactor?.pairs ?? NO_PAIRS;
    this.#redactor = redactor;
    this.#ofPair = ofPair;
    this.#ofDigits = ofDigits;
    this.#isPlainName = new ByteMemo((name) => redactor?.isPlainName(name) ?? true);
  }

  /** Begins a text, which ends before `end`. */
  begin(bytes: Buffer, end: number): void {
    this.#bytes = bytes;
    this.#end = end;
    this.values = 0;
    this.allBits = 0;
  }

  /** Whether redaction leaves the text as it is. */
  isClean(text: string): boolean {
    try {
      return this.#redactor === null || this.#redactor.text(text) === text;
    } catch {
      return false;
    }
  }

  scalar(at: number): number {
    switch (this.#bytes[at]) {
      case TRUE_WORD[0]:
        this.kind = TRUE;
        return this.#word(at, TRUE_WORD);
      case NULL_WORD[0]:
        this.kind = NULL;
        return this.#word(at, NULL_WORD);
      case FALSE_WORD[0]:
        this.kind = FALSE;
        return this.#word(at, FALSE_WORD);
      default:
        this.kind = NUMBER;
        return this.#number(at);
    }
  }

  #word(at: number, word: Buffer): number {
    const end = at + word.length;
    if (end > this.#end) return NONE;
    for (let i = 0; i < word.length; i++) if (this.#bytes[at + i] !== word[i]) return NONE;
    return end;
  }

  /** Only a number whose value and digits a double keeps, without an exponent. */
  #number(at: number): number {
    const bytes = this.#bytes;
    let i = bytes[at] === MINUS ? at + 1 : at;
    const first = bytes[i];
    const begin = i;
    while (i < this.#end && isDigit(bytes[i]!)) i++;
    const whole = i - begin;
    if (whole === 0 || (first === ZERO && whole > 1)) return NONE;
    let digits = whole;
    if (i < this.#end && bytes[i] === POINT) {
      const fraction = ++i;
      while (i < this.#end && isDigit(bytes[i]!)) i++;
      if (i === fraction || bytes[i - 1] === ZERO) return NONE;
      digits += i - fraction;
    } else if (first === ZERO && begin > at) return NONE;
    if (digits > DIGITS_MAX) return NONE;
    const next = bytes[i];
    return i < this.#end && (next === 0x65 || next === 0x45) ? NONE : i;
  }

  /** The end of an object or a list that is copied as it stands. No rule of redaction may match in it. */
  nested(open: number, depth = 1): number {
    if (depth > DEPTH_MAX) return NONE;
    const bytes = this.#bytes;
    const isObject = bytes[open] === OPEN_OBJECT;
    const close = isObject ? CLOSE_OBJECT : CLOSE_LIST;
    this.values++;
    let at = this.skipSpace(open + 1);
    if (bytes[at] === close && at < this.#end) return at + 1;
    for (;;) {
      if (isObject) {
        const end = this.key(at);
        if (end === NONE || !this.#isPlainName.get(bytes, at + 1, end)) return NONE;
        at = this.colon(end + 1);
        if (at === NONE) return NONE;
      }
      at = this.#element(at, depth);
      if (at === NONE) return NONE;
      at = this.skipSpace(at);
      if (at >= this.#end) return NONE;
      if (bytes[at] === close) return at + 1;
      if (bytes[at] !== COMMA) return NONE;
      this.values++;
      at = this.skipSpace(at + 1);
    }
  }

  #element(at: number, depth: number): number {
    if (at >= this.#end) return NONE;
    const bytes = this.#bytes;
    const byte = bytes[at]!;
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) return this.nested(at, depth + 1);
    if (byte !== QUOTE) return this.scalar(at);
    const end = this.string(at + 1);
    if (end === NONE) return NONE;
    if (this.found !== 0 && !this.isClean(this.text ?? bytes.toString('utf8', at + 1, end))) return NONE;
    return end + 1;
  }

  /** The closing quote of a key that is as it stands. */
  key(at: number): number {
    if (at >= this.#end || this.#bytes[at] !== QUOTE) return NONE;
    const end = this.string(at + 1);
    return end === NONE || this.text !== undefined ? NONE : end;
  }

  /** The place of the value after a colon. */
  colon(from: number): number {
    const at = this.skipSpace(from);
    if (at >= this.#end || this.#bytes[at] !== COLON) return NONE;
    const value = this.skipSpace(at + 1);
    return value < this.#end ? value : NONE;
  }

  skipSpace(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (at < this.#end && (bytes[at] === SPACE || bytes[at] === 0x09 || bytes[at] === 0x0d)) at++;
    return at;
  }

  /** The closing quote of a string that begins at `from`. */
  string(from: number): number {
    const bytes = this.#bytes;
    const ofPair = this.#ofPair;
    const end = this.#end;
    let found = 0;
    let before = 0;
    let digits = 0;
    let allBits = 0;
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.text = undefined;
        this.found = digits >= CARD_DIGITS_MIN ? found | this.#ofDigits : found;
        this.allBits |= allBits;
        return at;
      }
      if (byte < SPACE) return NONE;
      if (byte === BACKSLASH) return this.#escapedString(from, at);
      found |= ofPair[pairIndex(before, byte)]!;
      if (byte <= NINE && byte >= ZERO) digits++;
      allBits |= byte;
      before = byte;
    }
    return NONE;
  }

  /** @param backslash the first one */
  #escapedString(from: number, backslash: number): number {
    const bytes = this.#bytes;
    let at = backslash;
    while (at < this.#end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    if (at >= this.#end) return NONE;
    const text = unescaped(bytes.toString('utf8', from - 1, at + 1));
    if (text === undefined) return NONE;
    for (let i = from; i < at; i++) this.allBits |= bytes[i]!;
    this.text = text;
    this.found = 1;
    return at;
  }
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

/** Undefined for what is no JSON, and for a text that is not stored as it is. */
function unescaped(json: string): string | undefined {
  try {
    const text = JSON.parse(json) as string;
    return storableText(text) === text ? text : undefined;
  } catch {
    return undefined;
  }
}
