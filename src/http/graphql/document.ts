import { type DocumentNode, type ParseOptions, parse, type Source } from 'graphql';
import { QueryTooComplex } from '../../errors.ts';
import { checkDocument, checkTokens } from './document-limits.ts';

/** @throws QueryTooComplex, GraphQLError */
export function parseWithinLimits(source: string | Source, options?: ParseOptions): DocumentNode {
  checkTokens(typeof source === 'string' ? source : source.body);
  try {
    const document = parse(source, options);
    checkDocument(document);
    return document;
  } catch (error) {
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
