import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { QueryTooComplex } from '../../src/errors.ts';
import { COST_MAX, checkCost, costOf, ROWS_STATEMENT_COST, STATEMENT_COST } from '../../src/http/graphql/cost.ts';
import { parseWithinLimits } from '../../src/http/graphql/document.ts';
import { LIMITS } from '../../src/http/graphql/document-limits.ts';
import { EXAMPLES } from '../../src/http/graphql/examples.ts';
import {
  checkedJson,
  LOG_INPUT_VALUES_MAX,
  REQUEST_VALUES_MAX,
  VARIABLES_DEPTH_MAX,
} from '../../src/http/graphql/request-json.ts';
import { checkedVariables } from '../../src/http/graphql/variables.ts';
import { schema } from '../../src/schema/index.ts';

const times = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
const cost = (text: string, variableValues?: Record<string, unknown>): number =>
  costOf({ schema, document: parseWithinLimits(text), variableValues });

describe('a document', () => {
  test('is parsed where it keeps within all limits', () => {
    const fields = times(LIMITS.selections - 1, () => 'id');
    expect(parseWithinLimits(`{ logs { ${fields} } }`).kind).toBe('Document');
    expect(parseWithinLimits(`{ ${times(LIMITS.aliases, (i) => `a${i}: __typename`)} }`).kind).toBe('Document');
  });

  test.each([
    ['20,000 names', `{ ${times(20_000, () => 'a')} }`, 'tokens'],
    ['a text that is too long', `{ __typename } #${'x'.repeat(LIMITS.characters)}`, 'characters'],
    ['one alias too many', `{ ${times(LIMITS.aliases + 1, (i) => `a${i}: __typename`)} }`, 'aliases'],
    ['the same field 1,001 times', `{ ${times(LIMITS.selections + 1, () => '__typename')} }`, 'selections'],
    [
      'fragment spreads instead of fields',
      `{ ${times(LIMITS.selections + 1, () => '...f')} } fragment f on Query { __typename }`,
      'selections',
    ],
    [
      'a directive again and again',
      `{ __typename ${times(LIMITS.directives + 1, () => '@skip(if: false)')} }`,
      'directives',
    ],
    ['fields too deep', `{ ${'a { '.repeat(LIMITS.depth)} a ${'}'.repeat(LIMITS.depth)} }`, 'deep'],
    [
      'fields too deep through fragments',
      `{ ...f0 } ${times(LIMITS.depth + 1, (i) => `fragment f${i} on Query { a { ...f${i + 1} } }`)} fragment f${LIMITS.depth + 1} on Query { a }`,
      'deep',
    ],
    ['brackets that would run out of stack', `{ a(x: ${'['.repeat(LIMITS.tokens - 10)} ) }`, 'nesting'],
  ])('is refused with %s', (_, text, named) => {
    expect(() => parseWithinLimits(text)).toThrow(QueryTooComplex);
    expect(() => parseWithinLimits(text)).toThrow(named);
  });

  test('may hold a fragment that holds itself: validation tells of it', () => {
    const document = parseWithinLimits('{ ...f } fragment f on Query { health { status } ...f }');
    expect(costOf({ schema, document })).toBeGreaterThan(0);
  });

  test('that does not parse is told by the parser, not by the limits', () => {
    expect(() => parseWithinLimits('{ "')).toThrow('Syntax Error');
  });
});

describe('the cost', () => {
  test('counts as many firings of a preview as a week that flaps each minute has', () => {
    const preview = (selected: string): number =>
      cost(
        `{ alertPreview(input: { query: "", measure: ABSENCE, window: "1m" }, time: { last: "7d" }) { ${selected} } }`,
      );
    expect(preview('firings { from to }') - preview('fired')).toBe((7 * 24 * 60 * 3) / 2 - 1);
  });

  test('counts each value that may be answered, and each statement', () => {
    expect(cost('{ health { status } }')).toBe(STATEMENT_COST + 2);
    expect(cost('{ logs(first: 10) { nodes { id level } } }')).toBe(STATEMENT_COST + 1 + 10 * (1 + 2));
  });

  test.each([
    ['in the document', '{ logs(first: 1000) { nodes { id } } }', undefined],
    ['in a variable', 'query ($n: Int) { logs(first: $n) { nodes { id } } }', { n: 1000 }],
    ['in the default of a variable', 'query ($n: Int = 1000) { logs(first: $n) { nodes { id } } }', undefined],
    ['as `last`', '{ logs(last: 1000) { nodes { id } } }', undefined],
  ])('takes the length of a list %s', (_, text, variables) => {
    expect(cost(text, variables)).toBe(STATEMENT_COST + 1 + 1000 * 2);
  });

  test('takes 50 for a page without a length, and the default of an argument', () => {
    expect(cost('{ logs { nodes { id } } }')).toBe(STATEMENT_COST + 1 + 50 * 2);
    expect(cost('{ facets(by: {field: SERVICE}) { value } }')).toBe(STATEMENT_COST + 20 * 2);
  });

  test.each([
    ['facets of an attribute', '{ facets(by: { attribute: ["a"] }, first: 1) { value } }', 2],
    ['facets of a field that is not rolled up', '{ facets(by: { field: ERROR_TYPE }, first: 1) { value } }', 2],
    ['facets under a filter of text', '{ facets(by: {field: LEVEL}, filter: {query: "text"}, first: 1) { value } }', 2],
    ['stats under a filter of text', '{ stats(filter: { query: "text" }) { total } }', 2],
    ['the same through a fragment', '{ stats(filter: {query: "text"}) { ...f } } fragment f on LogStats { total }', 2],
    ['durations, which no rollup has', '{ stats { durations { count } } }', 3],
    ['the most common errors', '{ stats { topErrors(first: 1) { count } } }', 3],
    [
      'a total under a filter of text',
      '{ logs(first: 1, filter: { query: "text" }) { totalCount } }',
      STATEMENT_COST + 2,
    ],
  ])('is higher for a statement that reads records one by one: %s', (_, text, rest) => {
    expect(cost(text)).toBe(ROWS_STATEMENT_COST + rest);
  });

  test('of bars with groups counts every value of every bar, and the rest', () => {
    const groups = '{ stats { bars(buckets: 60, by: { field: SERVICE }, first: 8) { groups { count } } } }';
    expect(cost(groups) - cost('{ stats { bars(buckets: 60) { total } } }')).toBeGreaterThanOrEqual(60 * (8 + 1));
    const byAttribute = groups.replace('field: SERVICE', 'attribute: ["a"]');
    expect(cost(byAttribute) - cost(groups)).toBe(ROWS_STATEMENT_COST - STATEMENT_COST);
  });

  test('is low for counts that rollups serve', () => {
    expect(cost('{ stats(filter: { query: "level:error service:api" }) { total } }')).toBe(STATEMENT_COST + 2);
    expect(cost('{ logs(first: 1, filter: { minLevel: ERROR }) { totalCount } }')).toBe(2 * STATEMENT_COST + 2);
  });

  test('is too high for sixty facets of an attribute, and for all numbers of twelve stats under a text', () => {
    const facets = times(60, (i) => `a${i}: facets(by: { attribute: ["a"] }) { value }`);
    const fields = 'total errorRate byLevel { count } byService { count } histogram { total } durations { p99 }';
    const stats = times(12, (i) => `a${i}: stats(filter: { query: "text" }) { ${fields} }`);
    for (const text of [facets, stats]) {
      expect(() => checkCost({ schema, document: parseWithinLimits(`{ ${text} }`) })).toThrow(QueryTooComplex);
    }
  });

  test('is too high for many samples whose messages are sorted into patterns', () => {
    const patterns = times(5, (i) => `a${i}: patterns(first: 1) { sampled }`);
    expect(() => checkCost({ schema, document: parseWithinLimits(`{ ${patterns} }`) })).toThrow(QueryTooComplex);
  });

  test('counts the statements of a page once, not for each of its records', () => {
    const page = cost('{ logs(first: 1000) { nodes { id } } }');
    expect(cost('{ logs(first: 1000) { nodes { id } totalCount } }')).toBe(page + STATEMENT_COST + 1);
    expect(cost('{ logs(first: 1000) { ...f } } fragment f on LogConnection { nodes { id } }')).toBe(page);
  });

  test('multiplies lists inside lists, through fragments too', () => {
    const direct = cost('{ logs(first: 100) { nodes { surrounding(before: 4, after: 5) { id } } } }');
    expect(direct).toBe(STATEMENT_COST + 1 + 100 * (1 + 10 * 2));
    expect(
      cost('{ logs(first: 100) { nodes { ...f } } } fragment f on Log { surrounding(before: 4, after: 5) { id } }'),
    ).toBe(direct);
  });

  test('of fragments that double at each step is reckoned once for each fragment, and refused', () => {
    const bomb = `{ ...f0 } ${times(60, (i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`)} fragment f60 on Query { __typename }`;
    // Reckoned use by use, it would take 2^60 steps: the test would never end.
    expect(() => checkCost({ schema, document: parseWithinLimits(bomb) })).toThrow(QueryTooComplex);
  });

  test('refuses chains of a thousand records inside a thousand records, naming limit and cost', () => {
    const document = parse('{ logs(first: 1000) { nodes { correlation { logs(first: 1000) { nodes { id } } } } } }');
    expect(() => checkCost({ schema, document })).toThrow(new RegExp(`${COST_MAX}.*got \\d+`));
  });

  test('of saved searches counts how long their texts may be: all of them once, and no second list under an alias', () => {
    const all = 'id name description query view metric createdAt updatedAt';
    expect(cost(`{ savedSearches { ${all} } }`)).toBe(STATEMENT_COST + 1000 * (1 + 5 + 8 + 32 + 256));
    const twice = `{ a: savedSearches { ${all} } b: savedSearches { view } }`;
    const byId = '{ savedSearches { view } nodes(ids: $ids) { ... on SavedSearch { view } } }';
    expect(cost(twice)).toBeGreaterThan(COST_MAX);
    expect(cost(`query ($ids: [ID!]!) ${byId}`, { ids: Array(1000).fill('x') })).toBeGreaterThan(COST_MAX);
  });

  test('allows GraphiQL to ask for the whole schema', () => {
    const text = getIntrospectionQuery({
      inputValueDeprecation: true,
      schemaDescription: true,
      specifiedByUrl: true,
      oneOf: true,
    });
    expect(() => checkCost({ schema, document: parseWithinLimits(text) })).not.toThrow();
  });

  test('allows a full page with everything on it', () => {
    const fields = Object.keys((schema.getType('Log') as never as { getFields(): object }).getFields())
      .filter((name) => !['correlation', 'surrounding', 'http'].includes(name))
      .join(' ');
    const text = `{ logs(first: 1000) { totalCount tailCursor nodes { ${fields} correlation { logCount services } } } }`;
    expect(cost(text)).toBeLessThan(COST_MAX);
  });

  test.each(EXAMPLES.map((text) => [/(?:query|mutation|subscription) (\w+)/.exec(text)![1], text]))(
    'allows the example %s',
    (_, text) => {
      expect(cost(text!)).toBeLessThan(COST_MAX / 10);
    },
  );
});

describe('variables', () => {
  const operationOf = (text: string) => parse(text).definitions[0] as never;
  const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const list = (values: number, named = ''): string =>
    `{"query":"${named}","variables":{"v":[${'0,'.repeat(values)}0]}}`;

  test('are refused where they are deeper than any input, before they are parsed', () => {
    const operation = operationOf('query ($v: LogFilter) { __typename }');
    const checked = (levels: number) => checkedVariables(schema, operation, { v: JSON.parse(nested(levels)) });
    expect(() => checked(VARIABLES_DEPTH_MAX)).not.toThrow();
    expect(() => checked(VARIABLES_DEPTH_MAX + 1)).toThrow('levels');
    expect(() => checkedJson(nested(VARIABLES_DEPTH_MAX))).not.toThrow();
    expect(() => checkedJson('['.repeat(4_000_000))).toThrow(QueryTooComplex);
  });

  test('are counted before they are parsed: more are taken only where the document names LogInput', () => {
    expect(() => checkedJson(list(REQUEST_VALUES_MAX - 10))).not.toThrow();
    expect(() => checkedJson(list(REQUEST_VALUES_MAX))).toThrow(QueryTooComplex);
    expect(() => checkedJson(list(REQUEST_VALUES_MAX, 'LogInput'))).not.toThrow();
    expect(() => checkedJson(list(LOG_INPUT_VALUES_MAX, 'LogInput'))).toThrow(QueryTooComplex);
  });

  test('are counted by their types: a document that only names LogInput gets no more', () => {
    const operation = operationOf('query ($v: [JSON!], $logs: [LogInput!]) { __typename }');
    const many = Array.from({ length: REQUEST_VALUES_MAX }, () => ({}));
    expect(() => checkedVariables(schema, operation, { logs: many })).not.toThrow();
    expect(() => checkedVariables(schema, operation, { v: many })).toThrow(QueryTooComplex);
  });

  test('of a query or subscription have at most as much text as a document, and those of a mutation more', () => {
    const half = 'x'.repeat(LIMITS.characters / 2);
    const checked = (operation: string, ...texts: string[]) =>
      checkedVariables(schema, operationOf(`${operation} ($f: LogFilter, $j: JSON) { __typename }`), {
        f: { messageContains: half },
        j: texts,
      });
    for (const operation of ['query', 'subscription']) {
      expect(() => checked(operation, half)).not.toThrow();
      expect(() => checked(operation, half, 'x')).toThrow(QueryTooComplex);
      expect(() => checked(operation, half, 'x')).toThrow('characters of text');
    }
    expect(() => checked('mutation', half, half)).not.toThrow();
  });

  test('that the operation does not declare are dropped', () => {
    const operation = operationOf('query ($v: Int) { __typename }');
    expect(checkedVariables(schema, operation, { v: 1, w: 2, __proto__: 3 })).toEqual({ v: 1 });
  });

  test('get their large numbers back where the schema says Float, and only there', () => {
    const operation = operationOf('mutation ($logs: [LogInput!]!, $f: LogFilter, $x: Float) { __typename }');
    const digits = '12345678901234567890';
    const sent = {
      logs: [{ message: digits, durationMs: '1e300', attributes: { n: digits } }],
      f: { durationMs: { gte: digits }, query: digits },
      x: 'not a number',
    };
    expect(checkedVariables(schema, operation, sent)).toEqual({
      logs: [{ message: digits, durationMs: 1e300, attributes: { n: digits } }],
      f: { durationMs: { gte: Number(digits) }, query: digits },
      x: 'not a number',
    });
  });
});
