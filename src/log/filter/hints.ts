import { fieldOfAlias, queryField } from '../query-language/query-fields.ts';
import { shown } from '../shown.ts';
import type { Filter } from './filter.ts';

/** Sentences for people: how a filter that finds nothing may have been meant. */
export function hintsForNothing(filter: Filter): string[] {
  return textsOf(filter).flatMap(({ text, inMessage }) => [
    ...ofOtherCase(text),
    ...(inMessage ? [...ofAttribute(text), ...ofEqualSign(text)] : []),
  ]);
}

interface SearchedText {
  text: string;
  /** Also where a word of the search language that is no field is searched. */
  inMessage: boolean;
}

function textsOf(filter: Filter): SearchedText[] {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.flatMap(textsOf);
    case 'textContains':
      return [{ text: filter.text, inMessage: false }];
    case 'field':
    case 'llm':
    case 'llmParameter':
    case 'attribute': {
      const { test } = filter;
      const inMessage = filter.kind === 'field' && filter.field === 'message';
      return test.op === 'contains' && typeof test.value === 'string' ? [{ text: test.value, inMessage }] : [];
    }
    // A negated text finds more records, not fewer.
    case 'not':
    case 'hasError':
    case 'hasLlmCall':
      return [];
  }
}

function ofOtherCase(text: string): string[] {
  const letter = Array.from(text).find((one) => one > '\x7f' && one.toLowerCase() !== one.toUpperCase());
  if (letter === undefined) return [];
  return [
    `${shown(text)}: only A-Z are found in both cases; ${letter} is found only as it is written. Try it in the other case`,
  ];
}

function ofAttribute(text: string): string[] {
  const name = /^([a-z_][\w.-]*):[^\s:/\\]/i.exec(text)?.[1];
  if (name === undefined) return [];
  return [
    `${shown(text)} is searched as text, because ${shown(name)} is no field; for an attribute, write attributes.${shown(text)}`,
  ];
}

function ofEqualSign(text: string): string[] {
  const [, name, value] = /^([a-z_][\w.-]*)=([^=\s].*)$/i.exec(text) ?? [];
  const known = name && (queryField(name) ?? fieldOfAlias(name));
  return known ? [`${shown(text)} is searched as text; for the field, write ${known.name}:${shown(value!)}`] : [];
}
