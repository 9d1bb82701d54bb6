import { LEVELS } from '../../../src/log/level.ts';
import { fieldOfAlias, queryField } from '../../../src/log/query-language/query-fields.ts';
import type { QueryPart } from '../../../src/log/query-language/query-scanner.ts';
import { queryParts, termOf } from './query-terms.ts';
import { SEARCH_FIELDS } from './search-fields.ts';

/** Where the cursor stands in a search text. `from` to `to` is what a completion replaces. */
export type CursorPlace = { from: number; to: number; written: string } & (
  | { kind: 'field' }
  /** `field` as it is written; `comparison`: `>=` and such, before the value. */
  | { kind: 'value'; field: string; comparison: string }
);

export interface Completion {
  /** What is shown. */
  label: string;
  /** What stands at the place afterwards. */
  text: string;
  /** Beside the label: a count, or what it means. */
  detail: string;
}

export function placeOf(text: string, cursor: number): CursorPlace {
  const head = text.slice(0, cursor);
  const parts = queryParts(head).parts.filter(({ kind }) => kind !== 'term');
  const to = cursor + /^[^\s()"]*/.exec(text.slice(cursor))![0].length;
  const field = fieldBefore(head, parts);
  if (field) {
    const last = parts.at(-1)!;
    const from = last.kind === 'value' && last.end === cursor ? last.start : last.kind === 'value' ? cursor : last.end;
    const space = /^\s*/.exec(head.slice(from))![0].length;
    const [, comparison, , written] = /^([<>]=?)?([*"])*([\s\S]*)$/.exec(head.slice(from + space))!;
    return {
      kind: 'value',
      from: from + space,
      to: text[to] === '"' ? to + 1 : to,
      field: head.slice(field.start, field.end - 1),
      comparison: comparison ?? '',
      written: written!.replace(/[*"]$/, ''),
    };
  }
  const last = parts.at(-1);
  const from = last?.kind === 'text' && last.end === cursor && text[last.start] !== '"' ? last.start : cursor;
  return { kind: 'field', from, to, written: head.slice(from) };
}

/** The field whose value the text ends in: right after `field:`, in its value, or within `field:( )`. */
function fieldBefore(head: string, parts: readonly QueryPart[]): QueryPart | undefined {
  const at = parts.findLastIndex(({ kind }) => kind === 'field');
  if (at === -1) return undefined;
  const after = parts.slice(at + 1);
  const field = parts[at]!;
  if (after.length === 0) return /\s/.test(head.slice(field.end, field.end + 1)) ? undefined : field;
  if (after.some(({ kind }) => kind === 'text')) return undefined;
  if (head[field.end] !== '(')
    return after.length === 1 && after[0]!.kind === 'value' && after[0]!.end === head.length ? field : undefined;
  const depth = after.reduce((open, { start }) => open + (head[start] === '(' ? 1 : head[start] === ')' ? -1 : 0), 0);
  return depth > 0 ? field : undefined;
}

/** The fields and attributes whose name has what is written: those that begin with it come first. */
export function fieldCompletions(written: string, attributes: readonly string[]): Completion[] {
  const plain = (name: string): string => name.replaceAll('"', '').toLowerCase();
  const typed = plain(written);
  const fields = SEARCH_FIELDS.map(({ name, about }) => ({ label: name, text: `${name}:`, detail: about }));
  const named = attributes.map((name) => ({ label: name, text: `${name}:`, detail: 'attribute' }));
  const all = [...fields, ...named].filter(({ label }) => plain(label).includes(typed));
  const begins = ({ label }: Completion): boolean =>
    plain(label).startsWith(typed) || plain(label).startsWith(`attributes.${typed}`);
  return [...all.filter(begins), ...all.filter((one) => !begins(one))];
}

/** What else may stand where a field begins, after a term. */
export const OPERATORS: readonly Completion[] = [
  { label: 'OR', text: 'OR ', detail: 'the terms before it, or those after it' },
  { label: 'NOT', text: 'NOT ', detail: 'the opposite of the term after it' },
];

/** What the language has for values of this field beside the values themselves. */
export function valueForms(field: string, comparison: string): Completion[] {
  const known = queryField(field) ?? fieldOfAlias(field);
  const form = (text: string, detail: string): Completion => ({ label: `${text}`, text, detail });
  if (known?.kind === 'level') {
    const levels = LEVELS.map((level) => level.toLowerCase());
    if (comparison !== '') return levels.map((level) => form(`${comparison}${level} `, ''));
    return [form('>=warning ', 'this level or a higher one'), form('>=error ', 'this level or a higher one')];
  }
  if (comparison !== '') return [];
  const exists = form('* ', 'any value');
  switch (known?.kind) {
    case 'flag':
      return [form('true ', ''), form('false ', '')];
    case 'number':
    case 'duration': {
      const [low, high] = known.kind === 'duration' ? ['100ms', '2s'] : ['400', '499'];
      return [form('>', 'greater'), form('<', 'less'), form(`[${low} TO ${high}] `, 'a range, with both ends'), exists];
    }
    case 'search':
      return [];
    default:
      return [exists];
  }
}

/** Counted values as completions. */
export const valueCompletion = (field: string, value: string, detail: string): Completion => ({
  label: value,
  text: `${termOf(field, value).slice(field.length + 1)} `,
  detail,
});
