import type { QuerySyntax } from '../../errors.ts';
import { shown } from '../shown.ts';
import { type Quantity, type Token, tokensOf } from './lexer.ts';
import { syntaxError } from './syntax.ts';

/** The depth of parentheses, functions and operators. */
const NESTING_MAX = 64;
/** Operators and functions of one query: each takes work and memory for all points. */
export const OPERATIONS_MAX = 50;
/** Names in one list of labels: each one is looked up in every record. */
export const NAMES_MAX = 20;

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
  /** Counts an operator or a function at this place. @throws QuerySyntax there are too many */
  countOperation(at: number): void;
  /** Reads the next word as one more name of a list. @throws QuerySyntax the list is too long */
  addName(names: string[]): void;
}

/** @throws QuerySyntax */
export function createTokenReader(text: string): TokenReader {
  const tokens = tokensOf(text);
  let place = 0;
  let [depth, operations] = [0, 0];
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
    countOperation(at) {
      if (++operations <= OPERATIONS_MAX) return;
      throw syntaxError(text, at, `expected at most ${OPERATIONS_MAX} operators and functions in a query, got more`);
    },
    addName(names) {
      const { text: name, at } = reader.needWord('the name of a label');
      if (names.length === NAMES_MAX) throw syntaxError(text, at, `expected at most ${NAMES_MAX} names, got more`);
      names.push(name);
    },
  };
  return reader;
}
