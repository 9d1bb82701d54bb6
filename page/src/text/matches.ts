import type { Filter } from '../../../src/log/filter-tree.ts';
import { parseQuery } from '../../../src/log/query-language/query-language.ts';

/** A search text may have many words; these are marked. */
const WORDS_MAX = 20;
/** In one text. */
const MATCHES_MAX = 1000;

/** The words that a search looks for in the text of records, without those that it excludes. None of a text with an error. */
export function searchedWords(query: string): string[] {
  if (query.trim() === '') return [];
  try {
    return [...new Set(wordsOf(parseQuery(query)))].slice(0, WORDS_MAX);
  } catch {
    return [];
  }
}

function wordsOf(filter: Filter): string[] {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.flatMap(wordsOf);
    case 'textContains':
      return [filter.text];
    case 'field':
      return filter.field === 'message' && filter.test.op === 'contains' ? [String(filter.test.value)] : [];
    default:
      return [];
  }
}

/** Where the words are in a text, in order and apart. As the server searches: the case of A to Z is ignored. */
export function matchesIn(text: string, words: readonly string[]): [start: number, end: number][] {
  if (words.length === 0) return [];
  const found: [number, number][] = [];
  const folded = lowerAscii(text);
  for (const word of words.map(lowerAscii)) {
    if (word === '') continue;
    for (
      let at = folded.indexOf(word);
      at !== -1 && found.length < MATCHES_MAX;
      at = folded.indexOf(word, at + word.length)
    )
      found.push([at, at + word.length]);
  }
  return joined(found.sort(([a], [b]) => a - b));
}

const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function joined(ranges: readonly [number, number][]): [number, number][] {
  const apart: [number, number][] = [];
  for (const [start, end] of ranges) {
    const last = apart.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else apart.push([start, end]);
  }
  return apart;
}
