import { BadUserInput } from '../errors.ts';
import { FIELDS } from '../log/fields.ts';
import { type Filter, parseFilter, type Test } from '../log/filter/filter.ts';
import { isJsonObject } from '../log/json.ts';

/** What a key may see: as it was written, and the tree that it was parsed to then. */
export interface KeyScope {
  readonly text: string;
  readonly tree: Filter;
}

/** @throws BadUserInput, QuerySyntax */
export function parseScope(text: string): KeyScope {
  const hints: string[] = [];
  const tree = parseFilter({ query: text }, hints, 'scope');
  if (tree.kind === 'all' && tree.of.length === 0) {
    throw new BadUserInput('scope: expected a condition like environment:staging, got none; leave it out to show all');
  }
  if (looksInside(tree)) {
    throw new BadUserInput(
      'scope: expected conditions on fields and attributes like environment:staging, got one that looks for a text inside others',
    );
  }
  return { text, tree };
}

function looksInside(filter: Filter): boolean {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.some(looksInside);
    case 'not':
      return looksInside(filter.of);
    case 'textContains':
      return true;
    case 'hasError':
      return false;
    default:
      return testsInside(filter.test);
  }
}

const testsInside = (test: Test): boolean =>
  test.op === 'contains' || (test.op === 'all' && test.of.some(testsInside));

/**
 * Whether this version knows every part of a stored scope. A newer version may have written it: then nothing may be shown, as
 * a part that is left out would show more.
 */
export function isKnownFilter(tree: unknown): tree is Filter {
  if (!isJsonObject(tree)) return false;
  const { kind, of, field, test, paths, elements, text, ...more } = tree;
  if (Object.keys(more).length > 0) return false;
  const has = (...names: string[]): boolean => Object.keys(tree).every((name) => name === 'kind' || names.includes(name));
  switch (kind) {
    case 'all':
    case 'any':
      return has('of') && Array.isArray(of) && of.every(isKnownFilter);
    case 'not':
      return has('of') && isKnownFilter(of);
    case 'hasError':
      return has();
    case 'field':
      return has('field', 'test') && isKnownField(field) && isKnownTest(test);
    case 'attribute':
      return has('paths', 'test', 'elements') && arePaths(paths) && [undefined, true].includes(elements as true) && isKnownTest(test);
    default:
      return false;
  }
}

const isKnownField = (field: unknown): boolean =>
  typeof field === 'string' && (field === 'level' || Object.hasOwn(FIELDS, field));

const arePaths = (paths: unknown): boolean =>
  Array.isArray(paths) &&
  paths.every((path) => Array.isArray(path) && path.every((step) => typeof step === 'string'));

function isKnownTest(test: unknown): boolean {
  if (!isJsonObject(test)) return false;
  const names = Object.keys(test).toSorted().join();
  switch (test.op) {
    case 'exists':
      return names === 'op';
    case 'in':
      return names === 'op,values' && Array.isArray(test.values);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return names === 'op,value' && ['number', 'string'].includes(typeof test.value);
    case 'prefix':
      return names === 'op,text' && typeof test.text === 'string';
    case 'all':
      return names === 'of,op' && Array.isArray(test.of) && test.of.every(isKnownTest);
    default:
      return false;
  }
}
