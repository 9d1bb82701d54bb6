import { goUnescaped } from '../go-text.ts';
import { shown } from '../shown.ts';
import { syntaxError } from './syntax.ts';

/** `value`: of a text, without quotes and escapes; of a number, in milliseconds or bytes where it has such a unit. */
export type Token = Of<'symbol' | 'word' | 'end', undefined> | Of<'string', string> | Of<Quantity, number>;
export type Quantity = 'number' | 'duration' | 'bytes';

interface Of<Kind, Value> {
  kind: Kind;
  value: Value;
  at: number;
  text: string;
}

/** The characters of a query. */
export const LOGQL_LENGTH_MAX = 32 * 1024;

const BLANK = /\s+|#[^\n]*/y;
const SYMBOL = /\|=|\|~|\|>|!=|!~|!>|=~|==|>=|<=|[{}()[\],|=><+\-*/%^]/y;
const WORD = /[a-zA-Z_][\w:.]*/y;
const NUMBER = /\d[\d.]*(?:[eE][+-]?\d+|[\w.µ]*)/y;
const QUOTED = /"((?:[^"\\\n]|\\[^\n])*)"|`([^`]*)`/y;

const DURATION_PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|[smhdwy])/gy;
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 365 * 86_400_000,
};
const BYTES = /^(\d+(?:\.\d+)?)(B|([kKMGTP])(i?)B)$/;

/** A length of time as in LogQL: `5m`, `1h30m`, `250ms`. Undefined for other text. */
export function logqlDuration(text: string): number | undefined {
  const parts = Array.from(text.matchAll(DURATION_PART));
  if (parts.length === 0 || parts.reduce((length, [part]) => length + part.length, 0) < text.length) return undefined;
  return parts.reduce((ms, [, count, unit]) => ms + Number(count) * UNIT_MS[unit!]!, 0);
}

function bytesOf(text: string): number | undefined {
  const [, count, , prefix, binary] = BYTES.exec(text) ?? [];
  if (count === undefined) return undefined;
  return Number(count) * (prefix ? (binary ? 1024 : 1000) ** ('KMGTP'.indexOf(prefix.toUpperCase()) + 1) : 1);
}

/** The tokens of a query, with a last one of kind `end`. In linear time. @throws QuerySyntax */
export function tokensOf(text: string): Token[] {
  if (text.length > LOGQL_LENGTH_MAX) {
    throw syntaxError(text, 0, `expected at most ${LOGQL_LENGTH_MAX} characters, got ${text.length}`);
  }
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    while (take(BLANK));
    const start = at;
    if (at >= text.length) return [...tokens, { kind: 'end', text: 'the end', at, value: undefined }];
    const quoted = take(QUOTED);
    if (quoted) tokens.push(stringToken(quoted, start));
    else if (take(WORD)) tokens.push({ kind: 'word', text: text.slice(start, at), at: start, value: undefined });
    else if (take(NUMBER)) tokens.push(numberToken(text, text.slice(start, at), start));
    else if (take(SYMBOL)) tokens.push({ kind: 'symbol', text: text.slice(start, at), at: start, value: undefined });
    else throw syntaxError(text, start, unexpected(text, start));
  }
}

const stringToken = ([whole, quoted, raw]: RegExpExecArray, at: number): Token => ({
  kind: 'string',
  text: shown(whole),
  value: raw ?? goUnescaped(quoted!),
  at,
});

function numberToken(query: string, text: string, at: number): Token {
  const number = Number(text);
  if (/^[\d.]+(?:e[+-]?\d+)?$/i.test(text) && Number.isFinite(number))
    return { kind: 'number', value: number, text, at };
  const ms = logqlDuration(text);
  if (ms !== undefined) return { kind: 'duration', value: ms, text, at };
  const bytes = bytesOf(text);
  if (bytes !== undefined) return { kind: 'bytes', value: bytes, text, at };
  throw syntaxError(query, at, `expected a number, a duration such as 5m or a size such as 5KB, got ${shown(text)}`);
}

const unexpected = (text: string, at: number): string =>
  text[at] === '"' || text[at] === '`'
    ? 'expected a closing quote, got the end of the text or of the line'
    : `expected LogQL, got ${shown(text.slice(at, at + 10))}`;
