import type { QuerySyntax } from '../../errors.ts';
import { shown } from '../shown.ts';
import { type Quantity, type Token, tokensOf } from './lexer.ts';
import { syntaxError } from './syntax.ts';

/** The depth of parentheses, functions and operators. */
const NESTING_MAX = 64;

/** Moves over the tokens of a query. */
export interface TokenReader {
  readonly next: Token;
  /** The one after the next. */
  readonly following: Token;
  /** Moves over the next token. */
  shift(): Token;
  /** Moves over the next token if it is one of these symbols or words, in any case. */
  take(...texts: string[]): string | undefined;
  /** @throws QuerySyntax the next token is another one */
  need(text: string): void;
  needWord(what: string): Token;
  needText(): { value: string; at: number };
  needQuantity(kind: Quantity, what: string): number;
  /** An error at the next token, or at another one. */
  error(expected: string, token?: Token): QuerySyntax;
  /** What is valid LogQL and has no counterpart here. */
  missing(what: string, at: number): QuerySyntax;
  /** Reads something that may contain itself. @throws QuerySyntax it does so too often */
  within<T>(read: () => T): T;
}

/** @throws QuerySyntax */
export function createTokenReader(text: string): TokenReader {
  const tokens = tokensOf(text);
  let place = 0;
  let depth = 0;
  const reader: TokenReader = {
    get next() {
      return tokens[place]!;
    },
    get following() {
      return tokens[Math.min(place + 1, tokens.length - 1)]!;
    },
    shift() {
      const token = reader.next;
      if (token.kind !== 'end') place++;
      return token;
    },
    take(...texts) {
      const { kind, text } = reader.next;
      const found = kind === 'symbol' || kind === 'word' ? texts.find((one) => one === text.toLowerCase()) : undefined;
      if (found !== undefined) reader.shift();
      return found;
    },
    need(wanted) {
      if (reader.take(wanted) === undefined) throw reader.error(`\`${wanted}\``);
    },
    needWord(what) {
      if (reader.next.kind !== 'word') throw reader.error(what);
      return reader.shift();
    },
    needText() {
      const { kind, value, at } = reader.next;
      if (kind !== 'string') throw reader.error('a text in quotes');
      reader.shift();
      return { value, at };
    },
    needQuantity(wanted, what) {
      const { kind, value } = reader.next;
      if (kind !== wanted) throw reader.error(what);
      reader.shift();
      return value as number;
    },
    error: (expected, { at, text: got } = reader.next) =>
      syntaxError(text, at, `expected ${expected}, got ${shown(got)}`),
    missing: (what, at) => syntaxError(text, at, `Weir has no ${what}`),
    within(read) {
      if (++depth > NESTING_MAX) {
        throw syntaxError(text, reader.next.at, `expected at most ${NESTING_MAX} levels, got more`);
      }
      const result = read();
      depth--;
      return result;
    },
  };
  return reader;
}
