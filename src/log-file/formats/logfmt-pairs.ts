import { type Json, type JsonObject, setBeside } from '../../log/json.ts';

const PAIRS_MAX = 500;
const KEY_CHARACTERS_MAX = 100;

/** `key=value` pairs of a line. `bare` counts the words without `=`. */
export interface LogfmtPairs {
  object: JsonObject;
  pairs: number;
  bare: number;
}

const KEY = /[A-Za-z_@$][\w@$.:/[\]-]*/y;
/** Quoted as JSON and Go do it. */
const QUOTED = /"(?:[^"\\]|\\.)*"/sy;
/** Lograge writes errors so. A value that only begins with a quote is bare. */
const SINGLE_QUOTED = /'[^']*'(?=\s|$)/y;
const UNQUOTED = /[^\s"=]\S*/y;
const SPACES = /\s+|$/y;

/**
 * Reads the pairs of a text that consists of pairs and bare words (`retry` means true). Undefined if it has anything else, or more
 * than 500 of them. A second value of a key stands beside the first one.
 */
export function readLogfmt(text: string, from = 0): LogfmtPairs | undefined {
  const object: JsonObject = {};
  let [at, pairs, bare] = [from, 0, 0];
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  take(SPACES);
  while (at < text.length) {
    const key = take(KEY);
    if (key === undefined || key.length > KEY_CHARACTERS_MAX || pairs + bare >= PAIRS_MAX) return undefined;
    let value: Json = true;
    if (text[at] === '=') {
      at++;
      pairs++;
      const quoted = text[at] === '"' ? take(QUOTED) : text[at] === "'" ? take(SINGLE_QUOTED) : undefined;
      value = quoted === undefined ? bareValue(take(UNQUOTED) ?? '') : unquoted(quoted);
    } else bare++;
    if (take(SPACES) === undefined) return undefined;
    setBeside(object, key, value);
  }
  return { object, pairs, bare };
}

/** Only what is written as JSON writes it is a number: `1.10` is a version, `007` an id. */
function bareValue(text: string): Json {
  if (text === 'true') return true;
  if (text === 'false') return false;
  return text.length <= 15 && /^-?\d/.test(text) && String(Number(text)) === text ? Number(text) : text;
}

const ESCAPE = /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|x([\da-fA-F]{2})|(.))/gs;
const LETTERS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', a: '\x07', v: '\v' };

/** The text inside the quotes. */
export const unquoted = (quoted: string): string => {
  const inside = quoted.slice(1, -1);
  return inside.includes('\\') ? inside.replace(ESCAPE, unescaped) : inside;
};

function unescaped(whole: string, u4?: string, u8?: string, x2?: string, letter?: string): string {
  const hex = u4 ?? u8 ?? x2;
  if (hex === undefined) return LETTERS[letter!] ?? letter!;
  const code = Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
