import { BadUserInput, Forbidden, QuerySyntax } from '../errors.ts';
import { allOf, type Filter, type Test } from '../log/filter/filter.ts';
import { storableText } from '../log/json.ts';
import { parseQuery } from '../log/query-language/query-language.ts';
import { shown } from '../log/shown.ts';
import type { Caller } from './caller.ts';

// A scope is a filter that a key has: the key sees only records that match. It is written in the search language, but only
// with fields and attributes, so that a person can tell from the values of a record whether it is in the scope.

export const SCOPE_LENGTH_MAX = 2000;
/** Together with the conditions of a request they stay below Postgres' limit of parameters (db/filter/json-sql.ts). */
export const SCOPE_CONDITIONS_MAX = 40;

const EXAMPLE = 'such as environment:staging or attributes.team:payments';

/** @throws BadUserInput the text selects every record, searches text, or is not in the search language */
export function parseScope(text: string): Filter {
  if (text.length > SCOPE_LENGTH_MAX) {
    throw new BadUserInput(`scope: expected at most ${SCOPE_LENGTH_MAX} characters, got ${text.length}`);
  }
  const hints: string[] = [];
  const scope = parsed(text, hints);
  const problem = problemOf(scope);
  if (problem) throw new BadUserInput([`scope: ${problem}`, ...hints].join('. '));
  const conditions = countConditions(scope);
  if (conditions > SCOPE_CONDITIONS_MAX) {
    throw new BadUserInput(`scope: expected at most ${SCOPE_CONDITIONS_MAX} conditions, got ${conditions}`);
  }
  return scope;
}

function parsed(text: string, hints: string[]): Filter {
  try {
    return parseQuery(storableText(text), 'scope', hints);
  } catch (error) {
    throw error instanceof QuerySyntax ? new BadUserInput(error.message, { cause: error }) : error;
  }
}

/** Why a filter cannot be a scope. Undefined if it can. */
function problemOf(filter: Filter): string | undefined {
  switch (filter.kind) {
    case 'all':
    case 'any':
      if (filter.of.length === 0) return `expected a condition on a field or an attribute, ${EXAMPLE}, got none`;
      return filter.of.map(problemOf).find((problem) => problem !== undefined);
    case 'not':
      return problemOf(filter.of);
    case 'attribute':
    case 'llm':
    case 'llmParameter':
      return problemOfTest(filter.test);
    case 'field':
      return filter.field === 'message' ? searchesText(filter.test) : problemOfTest(filter.test);
    case 'textContains':
      return searchesText({ op: 'contains', value: filter.text });
    case 'hasLlmCall':
      return undefined;
    case 'hasError':
      return `expected fields and attributes, ${EXAMPLE}`;
  }
}

function problemOfTest(test: Test): string | undefined {
  if (test.op === 'all') return test.of.map(problemOfTest).find((problem) => problem !== undefined);
  if (test.op !== 'contains') return undefined;
  return `expected a whole value or its beginning (eu*), got a text between two stars: ${shown(String(test.value))}`;
}

const searchesText = (test: Test): string =>
  `expected fields and attributes, ${EXAMPLE}, got a text to search for: ${shown('value' in test ? String(test.value) : '')}`;

function countConditions(filter: Filter): number {
  if (filter.kind === 'all' || filter.kind === 'any')
    return filter.of.reduce((sum, one) => sum + countConditions(one), 0);
  return filter.kind === 'not' ? countConditions(filter.of) : 1;
}

/** Which of the records that a filter selects are in the scope. Without a scope it is the filter itself. */
export const inScope = (filter: Filter, scope: Filter | null): Filter =>
  scope === null ? filter : allOf(scope, filter);

/** @throws Forbidden the caller has a scope, and `field` tells something of all records */
export function requireAllRecords({ scope }: Caller, field: string): void {
  if (scope === null) return;
  throw new Forbidden(
    `${field}: expected a key without a scope, got one that sees only some records: \`${field}\` is about all of them`,
  );
}
