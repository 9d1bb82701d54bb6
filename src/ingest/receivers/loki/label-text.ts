import { type JsonObject, setOwn } from '../../../log/json.ts';
import { PAIRS_MAX } from './limits.ts';

/** `job="nginx"`, with a comma or the end after it. Names may have characters that Loki does not allow: nothing is gained by refusing. */
const PAIR = /\s*([^\s="{},]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)\s*(,|$)/sy;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs;
const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** The labels in Loki's text form: `{job="nginx", host="web-1"}`. Undefined if it is none, or has too many. */
export function labelsOfText(text: string): JsonObject | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
  const inner = trimmed.slice(1, -1).trim();
  const labels: JsonObject = {};
  PAIR.lastIndex = 0;
  for (let pairs = 1; PAIR.lastIndex < inner.length; pairs++) {
    const match = PAIR.exec(inner);
    if (!match || pairs > PAIRS_MAX) return undefined;
    setOwn(labels, match[1]!, match[3] ?? unescaped(match[2]!));
  }
  return labels;
}

/** Escapes as in Go. */
const unescaped = (text: string): string =>
  text.includes('\\')
    ? text.replace(ESCAPE, (whole, x, u, long, octal, letter) => {
        const hex = x ?? u ?? long;
        if (hex !== undefined) return codePoint(Number.parseInt(hex, 16), whole);
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
        return LETTERS[letter as string] ?? letter;
      })
    : text;

const codePoint = (code: number, otherwise: string): string =>
  code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
