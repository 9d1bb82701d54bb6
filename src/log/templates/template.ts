import { quotedText } from '../query-language/query-scanner.ts';
import { WILDCARD } from './mask.ts';
import type { MaskedLine } from './masked-line.ts';

/** What lines have in common: tokens and gaps that are equal in all of them, and wildcards. A gap that varies is null. */
export interface Template {
  tokens: string[];
  gaps: (string | null)[];
}

export const templateOf = ({ tokens, gaps }: MaskedLine): Template => ({ tokens: [...tokens], gaps: [...gaps] });

/** Makes a template more general, so that it covers a line with as many tokens. */
export function generalize(template: Template, line: MaskedLine): void {
  for (const [i, token] of line.tokens.entries()) if (template.tokens[i] !== token) template.tokens[i] = WILDCARD;
  for (const [i, gap] of line.gaps.entries()) if (template.gaps[i] !== gap) template.gaps[i] = null;
}

export const templateText = (template: Template): string => joined(template, ' ');

const joined = ({ tokens, gaps }: Template, varyingGap: string): string =>
  tokens.map((token, i) => token + (i < gaps.length ? (gaps[i] ?? varyingGap) : '')).join('');

/** Texts in a query. Each is searched in every record. */
const TEXTS_MAX = 8;
/** A text with fewer characters is in most records. */
const TEXT_LENGTH_MIN = 3;
/** All records: what finds the records of a template without any text. */
const EVERYTHING = 'message:*';

/** The search that finds every record of a template, by its longest texts. It may find others too. */
export function templateQuery(template: Template): string {
  const texts = new Set(
    joined(template, WILDCARD)
      .split(WILDCARD)
      .map((text) => text.trim())
      .filter((text) => text !== ''),
  );
  const long = Array.from(texts).filter((text) => text.length >= TEXT_LENGTH_MIN && /[\p{L}\d]/u.test(text));
  const from = long.length > 0 ? long : Array.from(texts);
  const longest = new Set(from.toSorted((a, b) => b.length - a.length).slice(0, TEXTS_MAX));
  return (
    Array.from(longest.size > 0 ? from : [])
      .filter((text) => longest.has(text))
      .map(quotedText)
      .join(' ') || EVERYTHING
  );
}
