/** What a JSON text will make, counted before it is parsed. Text that is not JSON gets counts too; the parser reports it. */
export interface JsonShape {
  /** Levels of objects and lists inside one another. */
  depth: number;
  /** Commas and opening brackets: at least the number of values, and at most twice that. */
  values: number;
  /** It has a number that a double may not hold: one with an exponent or with 16 digits. */
  mayLoseDigits: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const CAPITAL_I = 0x49;
const CAPITAL_N = 0x4e;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** With this bit, `E` is `e`. */
const LOWER_CASE = 0x20;
const SMALL_E = 0x65;
/** A whole number with fewer digits is exact. */
const DIGITS_MIN = 16;

/** One pass over the text, without recursion: its time depends only on the length. */
export function scanJson(text: string): JsonShape {
  const { length } = text;
  let depth = 0;
  let deepest = 0;
  let values = 0;
  let mayLoseDigits = false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COMMA) values++;
    else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      values++;
      if (++depth > deepest) deepest = depth;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--;
    else if (code >= ZERO && code <= NINE) {
      const begin = i;
      i = afterDigits(text, i);
      if (i - begin >= DIGITS_MIN) mayLoseDigits = true;
      if (text.charCodeAt(i) === POINT) i = afterDigits(text, i + 1);
      if ((text.charCodeAt(i) | LOWER_CASE) === SMALL_E) mayLoseDigits = true;
      i--;
    }
  }
  return { depth: deepest, values, mayLoseDigits };
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s*(?:[,\]}]|$))/y;

/**
 * The text with every number that a double cannot hold in quotes, so that `JSON.parse` keeps its digits as a string. Text that
 * is not JSON stays that.
 */
export function quoteInexactNumbers(text: string, isExact: (value: number) => boolean): string {
  const parts: string[] = [];
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      NUMBER.lastIndex = i;
      const number = NUMBER.exec(text)?.[0];
      if (number !== undefined && !isExact(Number(number))) {
        parts.push(text.slice(copied, i), `"${number}"`);
        copied = i + number.length;
      }
      while (isPartOfNumber(text.charCodeAt(i + 1))) i++;
    }
  }
  parts.push(text.slice(copied));
  return parts.join('');
}

const NOT_FINITE = /(?:NaN|-?Infinity)(?=\s*[,\]}])/y;

/** The text with `NaN`, `Infinity` and `-Infinity`, which Python writes and JSON does not have, in quotes. Undefined if it has none. */
export function quoteNotFinite(text: string): string | undefined {
  if (!text.includes('NaN') && !text.includes('Infinity')) return undefined;
  const parts: string[] = [];
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === MINUS || code === CAPITAL_N || code === CAPITAL_I) {
      NOT_FINITE.lastIndex = i;
      const word = NOT_FINITE.exec(text)?.[0];
      if (word === undefined) continue;
      parts.push(text.slice(copied, i), `"${word}"`);
      copied = i + word.length;
      i = copied - 1;
    }
  }
  return parts.length === 0 ? undefined : parts.join('') + text.slice(copied);
}

const isPartOfNumber = (code: number): boolean =>
  (code >= ZERO && code <= NINE) ||
  code === POINT ||
  (code | LOWER_CASE) === SMALL_E ||
  code === MINUS ||
  code === 0x2b;

/** The place of the closing quote. A quote after an odd number of backslashes is a character of the string. */
function endOfString(text: string, from: number): number {
  for (let i = text.indexOf('"', from + 1); i !== -1; i = text.indexOf('"', i + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(i - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return i;
  }
  return text.length;
}

function afterDigits(text: string, from: number): number {
  let i = from;
  for (let code = text.charCodeAt(i); code >= ZERO && code <= NINE; code = text.charCodeAt(i)) i++;
  return i;
}
