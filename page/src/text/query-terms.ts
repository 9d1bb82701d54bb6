import type { Json } from '../../../src/log/json.ts';
import { queryField } from '../../../src/log/query-language/query-fields.ts';
import { parseQuery } from '../../../src/log/query-language/query-language.ts';
import { type QueryPart, quotedText } from '../../../src/log/query-language/query-scanner.ts';

/** A value as it stands in a record. Null: the field is not there. */
export type TermValue = Json | undefined;

/** What AND joins at the top of a search text: one chip. Where OR joins it, the whole text is one term. */
export interface QueryTerm {
  start: number;
  end: number;
  text: string;
}

/** The pieces of a search text by the parser of the server, up to an error. */
export function queryParts(query: string): { parts: QueryPart[]; error: unknown } {
  const parts: QueryPart[] = [];
  try {
    parseQuery(query, 'query', [], parts);
    return { parts, error: null };
  } catch (error) {
    return { parts, error };
  }
}

/** Null where the text has an error: then nobody knows what its terms are. */
export function queryTerms(query: string): QueryTerm[] | null {
  const { parts, error } = queryParts(query);
  if (error) return null;
  const terms = parts.filter(({ kind }) => kind === 'term');
  const inTerm = ({ start }: QueryPart) => terms.some((term) => term.start <= start && start < term.end);
  const isOr = ({ start, end }: QueryPart) => /^(OR|\|\|)$/.test(query.slice(start, end));
  if (!parts.some((part) => part.kind === 'operator' && isOr(part) && !inTerm(part)))
    return terms.map(({ start, end }) => ({ start, end, text: query.slice(start, end) }));
  const text = query.trim();
  const start = query.indexOf(text);
  return [{ start, end: start + text.length, text }];
}

/** Values that the search language reads as they are. All others are put in quotes. */
const PLAIN = /^[\p{L}\p{N}_][\p{L}\p{N}_./:@+-]*$/u;
/**
 * `service:billing`, `attributes.city:"New York"`; `-host:*` where there is no value. Of an attribute, the text `5` finds the number 5 too:
 * counts of its values do not tell them apart either.
 *
 * @param field as the search language writes it; of an attribute: `attributeField(path)`
 */
export function termOf(field: string, value: TermValue): string {
  if (value === null || value === undefined) return `-${field}:*`;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return `${field}:${typeof value === 'number' || PLAIN.test(text) ? text : quotedText(text)}`;
}

/**
 * The name of an attribute in the search language: `attributes.http.route`, `attributes."http.route".x`. A comma is in quotes too: it
 * stands between the names of columns.
 */
export const attributeField = (path: readonly string[], root = 'attributes'): string =>
  [root, ...path.map((step) => (/^[^\s:".(),]+$/.test(step) ? step : quotedText(step)))].join('.');

const NEGATION = /^(?:NOT(?=[\s()"])|-(?=[^\s>-])|!(?=[^\s!=)]))\s*/;

/** The term that is true where this one is not. */
export function negated(term: string): string {
  const without = term.replace(NEGATION, '');
  if (without !== term) return without;
  return /^[\s>-]/.test(term) ? `NOT ${term}` : `-${isWhole(term) ? term : `(${term})`}`;
}

/** Whether this text is one term: without parentheses AND or OR would take a part of it. */
const isWhole = (text: string): boolean => {
  const { parts } = queryParts(text);
  return parts.filter(({ kind }) => kind === 'term').length <= 1;
};

/** Another text in place of a term of the query; '' removes it. */
export function replaceTerm(query: string, { start, end }: QueryTerm, text: string): string {
  const before = query.slice(0, start).trimEnd();
  const after = query.slice(end).trimStart();
  if (text !== '') return [before, text, after].filter((piece) => piece !== '').join(' ');
  // An AND that joined it goes with it.
  const AND = /^(?:AND(?=[\s()"])|&&)\s*/;
  const AND_AT_END = /(?:(?<=^|[\s)"])AND|&&)\s*$/;
  const rest = before === '' ? after.replace(AND, '') : after;
  return [before.replace(AND_AT_END, '').trimEnd(), rest].filter((piece) => piece !== '').join(' ');
}

/** The query and one more term, which must be true too. A term that is there already is not added. */
export function withText(query: string, term: string): string {
  const terms = queryTerms(query);
  if (terms === null) return `${query.trim()} ${term}`;
  if (terms.some(({ text }) => text === term)) return query;
  const joined = terms.length === 1 && !isWhole(terms[0]!.text) ? `(${terms[0]!.text})` : query.trim();
  return joined === '' ? term : `${joined} ${term}`;
}

/** The query without the terms at its top that `isGone` says. */
function without(query: string, isGone: (term: string) => boolean): string {
  const gone = (queryTerms(query) ?? []).filter(({ text }) => isGone(text));
  return gone.reduceRight((text, term) => replaceTerm(text, term, ''), query);
}

/** Whether the query has this term at its top. */
export const hasTerm = (query: string, field: string, value: TermValue): boolean =>
  (queryTerms(query) ?? []).some(({ text }) => text === termOf(field, value));

/** Removes this term, and its exclusion. */
export function withoutTerm(query: string, field: string, value: TermValue): string {
  const term = termOf(field, value);
  return without(query, (text) => text === term || text === negated(term));
}

/**
 * Only this: the records that have this value. What the query says of the same field goes, where a record has one value of it: the
 * new term says more.
 */
export function withTerm(query: string, field: string, value: TermValue): string {
  const known = queryField(field);
  const hasOne = known !== undefined && known.kind !== 'search' && known.several === undefined;
  const saysSame = (text: string) => new RegExp(`^-?${known?.name.replaceAll('.', '\\.')}:`).test(text);
  const rest = hasOne ? without(query, saysSame) : withoutTerm(query, field, value);
  return withText(rest, termOf(field, value));
}

/** The records that do not have this value. */
export const excluding = (query: string, field: string, value: TermValue): string =>
  withText(withoutTerm(query, field, value), negated(termOf(field, value)));
