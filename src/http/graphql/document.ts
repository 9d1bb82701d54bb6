import type { DocumentNode, ParseOptions, Source } from 'graphql';
import { Parser } from 'graphql/language/parser.js';
import { QueryTooComplex } from '../../errors.ts';
import { checkDocument, LIMITS } from './document-limits.ts';

/** @throws QueryTooComplex, GraphQLError */
export function parseWithinLimits(source: string | Source, options?: ParseOptions): DocumentNode {
  const { length } = typeof source === 'string' ? source : source.body;
  if (length > LIMITS.characters) {
    throw new QueryTooComplex(`expected a document of at most ${LIMITS.characters} characters, got ${length}`);
  }
  const document = parseTokens(source, options);
  checkDocument(document);
  return document;
}

/** `parse` of graphql-js hides why it stopped; its parser counts tokens. */
function parseTokens(source: string | Source, options?: ParseOptions): DocumentNode {
  const parser = new Parser(source, { ...options, maxTokens: LIMITS.tokens });
  try {
    return parser.parseDocument();
  } catch (error) {
    if (parser.tokenCount > LIMITS.tokens) {
      throw new QueryTooComplex(`expected a document of at most ${LIMITS.tokens} tokens, got more`);
    }
    if (error instanceof RangeError) throw new QueryTooComplex('expected a document with less nesting');
    throw error;
  }
}

const CACHED_MAX = 500;
const CACHED_TEXT_LENGTH_MAX = 10_000;

/** Caches values by the text of a document. Keeps the most recently used ones, and no long texts, to save memory. */
export function createDocumentCache<T>() {
  const cached = new Map<string, T>();
  return {
    get(text: string): T | undefined {
      const value = cached.get(text);
      if (value === undefined) return undefined;
      cached.delete(text);
      cached.set(text, value);
      return value;
    },
    set(text: string, value: T): void {
      if (text.length > CACHED_TEXT_LENGTH_MAX) return;
      cached.set(text, value);
      if (cached.size > CACHED_MAX) cached.delete(cached.keys().next().value!);
    },
  };
}
