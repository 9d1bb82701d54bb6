import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QuerySyntax } from '../../../src/errors.ts';
import {
  allOf,
  anyOf,
  EVERYTHING,
  type Filter,
  fieldIs,
  fieldTest,
  HAS_LLM_CALL,
  llmTest,
  messageContains,
  not,
  type Test,
  textContains,
} from '../../../src/log/filter/filter.ts';
import { storableText } from '../../../src/log/json.ts';
import { QUERY_FIELDS } from '../../../src/log/query-language/query-fields.ts';
import { parseQuery } from '../../../src/log/query-language/query-language.ts';
import { quotedText } from '../../../src/log/query-language/query-scanner.ts';
import { SENDER_NAMES } from '../../../src/log/sender-names.ts';

const text = messageContains;
const [a, b, c] = ['a', 'b', 'c'].map(text) as [Filter, Filter, Filter];

/** Also tests the elements of a list, except whether there is a value. */
const attribute = (paths: string[][], test: Test): Filter => ({
  kind: 'attribute',
  paths,
  test,
  ...(test.op !== 'exists' && { elements: true as const }),
});

test('the example in the documentation has the documented meaning', () => {
  expect(parseQuery('level:>=error service:billing "timed out" -retry durationMs:>500 attributes.region:eu*')).toEqual(
    allOf(
      fieldTest('level', { op: '>=', value: 4 }),
      fieldIs('service', 'billing'),
      text('timed out'),
      not(text('retry')),
      fieldTest('durationMs', { op: '>', value: 500 }),
      attribute([['region']], { op: 'prefix', text: 'eu' }),
    ),
  );
});

describe('text', () => {
  test.each([
    '10.0.0.1',
    '/api/v1/jobs',
    'key=value',
    'c++',
    'http://x',
    'https://user@host:80/p?q=1',
    '12:30:45',
    'std::string',
    '::1',
    'C:\\temp',
    'dfs.DataNode$PacketResponder:',
    'error:',
    'main()',
    'f(a,b)',
    'e-mail:x',
    '[main]',
    '[main]:x',
    '{"a":1}',
    'größe:5',
    '--verbose',
    '-',
    '->',
    '>=5',
    '*',
    'a*',
    '%',
    'and',
    'or',
    'not',
    'ANDROID',
    'NOTE',
    "it's",
    'x@y.z',
    '!',
    '!=',
    '!!x',
    'a&&b',
    'a||b',
    '&',
    'localhost:5432',
    'main.go:42',
    'sha256:abc',
    'retries:3',
    'status:500',
    // A name of four letters is never a near miss, one of six with two edits is none.
    'hots:x',
    'levl:error',
    'actoin:x',
    // Near misses of other names of a field.
    'hostnam:x',
    'sevrity:x',
    // Names of stack traces only if the value has several lines.
    'error:timeout',
    'exception:x',
    'msg:',
    'logger://x',
    'request_id::1',
    '--level:error',
    `${'service'.repeat(1000)}:x`,
    '#1',
    '127.0.0.1:8080',
    ':smile:',
  ])('%s is text', (word) => {
    expect(parseQuery(word)).toEqual(text(word));
  });

  test('quotes hold any text', () => {
    expect(parseQuery('"a AND (b"')).toEqual(text('a AND (b'));
    expect(parseQuery('"say \\"hi\\" \\\\ C:\\temp"')).toEqual(text('say "hi" \\ C:\\temp'));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }).map(storableText), (any) => {
        expect(parseQuery(quotedText(any))).toEqual(text(any));
      }),
    );
  });

  test('white space alone selects every record', () => {
    for (const query of ['', ' ', '\t\n', '""']) expect(parseQuery(query)).toEqual(EVERYTHING);
  });
});

describe('operators', () => {
  test('terms beside one another join with AND, which binds closer than OR', () => {
    expect(parseQuery('a b OR c')).toEqual(anyOf(allOf(a, b), c));
    expect(parseQuery('a OR b AND c')).toEqual(anyOf(a, allOf(b, c)));
    expect(parseQuery('(a OR b) c')).toEqual(allOf(anyOf(a, b), c));
    expect(parseQuery('a AND(b OR(c))')).toEqual(allOf(a, anyOf(b, c)));
  });

  test('&& and || are AND and OR', () => {
    expect(parseQuery('a && b || c')).toEqual(anyOf(allOf(a, b), c));
    expect(parseQuery('"a"||"b"&&(c)')).toEqual(anyOf(a, allOf(b, c)));
    expect(parseQuery('service:(x || y)')).toEqual(parseQuery('service:(x OR y)'));
  });

  test('or and and in lower case are text between terms, with a hint', () => {
    const hintsOf = (query: string): string[] => {
      const hints: string[] = [];
      parseQuery(query, 'query', hints);
      return hints;
    };
    expect(parseQuery('a or b')).toEqual(allOf(a, text('or'), b));
    expect(hintsOf('a or b')).toEqual([
      'query, column 3: or is searched as text; to join terms, write OR; for the word, write "or"',
    ]);
    expect(hintsOf('(a) And "b" or (c)')).toHaveLength(2);
    for (const query of ['or', 'or b', 'a and', '(a or) b', 'a OR b', 'a "or" b', 'a oral b', 'a or OR b', 'x:or y']) {
      expect(hintsOf(query), query).toEqual([]);
    }
  });

  test('NOT, - and ! negate the one term that follows', () => {
    expect(parseQuery('NOT a b')).toEqual(allOf(not(a), b));
    expect(parseQuery('-a b')).toEqual(allOf(not(a), b));
    expect(parseQuery('-(a b)')).toEqual(not(allOf(a, b)));
    expect(parseQuery('NOT(a)')).toEqual(not(a));
    expect(parseQuery('NOT -"a"')).toEqual(a);
    expect(parseQuery('!a b')).toEqual(allOf(not(a), b));
    expect(parseQuery('!(a || b)')).toEqual(not(anyOf(a, b)));
    expect(parseQuery('!service:x !"a"')).toEqual(allOf(not(fieldIs('service', 'x')), not(a)));
    expect(parseQuery('-service:x')).toEqual(not(fieldIs('service', 'x')));
  });
});

describe('fields', () => {
  test('every field of the table is understood', () => {
    for (const { name, tested } of QUERY_FIELDS) {
      expect(parseQuery(`${name}:*`)).toEqual(tested({ op: 'exists' }));
    }
  });

  test('only the letters and digits of a name count', () => {
    for (const name of ['traceId', 'trace_id', 'TRACE-ID', 'trace.id']) {
      expect(parseQuery(`${name}:x`)).toEqual(fieldIs('traceId', 'x'));
    }
    expect(parseQuery('http_status:500')).toEqual(fieldIs('httpStatus', 500));
  });

  test('the names that /ingest understands mean the same field', () => {
    const same: [string, string][] = [
      ['severity:>=warn', 'level:>=warn'],
      ['lvl:error', 'level:error'],
      ['severity_number:9', 'severityNumber:9'],
      ['logger:x', 'component:x'],
      ['msg:timeout', 'message:timeout'],
      ['request_id:7f3a', 'correlationId:7f3a'],
      ['X-Request-ID:7f3a', 'correlationId:7f3a'],
      ['service.name:billing', 'service:billing'],
      ['hostname:a*', 'host:a*'],
      ['stack:*TimeoutError*', 'stackTrace:*TimeoutError*'],
      ['env:prod', 'environment:prod'],
      ['status_code:500', 'http.status:500'],
      ['took_ms:>5', 'durationMs:>5'],
      ['elapsed:>1.5s', 'durationMs:>1500'],
      ['requestId:(a OR b)', 'correlationId:(a OR b)'],
    ];
    for (const [written, meant] of same) expect(parseQuery(written), written).toEqual(parseQuery(meant));
  });

  test('every name that /ingest understands is a field, except of times and of stack traces by their lines', () => {
    const names = SENDER_NAMES.filter(({ as, field }) => as !== 'lines' && field !== 'timestamp');
    for (const name of names.flatMap(({ names }) => names.split(' '))) {
      expect(parseQuery(`${name}:*`), name).not.toMatchObject({ test: { op: 'contains' } });
    }
  });

  test('stars at both ends mean "contains", for every text field', () => {
    for (const { name, kind, tested } of QUERY_FIELDS.filter(({ kind }) => kind === 'text' || kind === 'search')) {
      expect(parseQuery(`${name}:*a/b*`), kind).toEqual(tested({ op: 'contains', value: 'a/b' }));
      expect(parseQuery(`${name}:*"a b*"*`), kind).toEqual(tested({ op: 'contains', value: 'a b*' }));
    }
    expect(parseQuery('http.path:*invoices*')).toEqual(fieldTest('httpPath', { op: 'contains', value: 'invoices' }));
    expect(parseQuery('service:"*a*"')).toEqual(fieldIs('service', '*a*'));
  });

  test('text is any text of the record', () => {
    expect(parseQuery('text:InvoiceService')).toEqual(textContains('InvoiceService'));
    expect(parseQuery('text:("a b" OR *c*)')).toEqual(anyOf(textContains('a b'), textContains('c')));
    expect(parseQuery('text:* text:""')).toEqual(EVERYTHING);
  });

  test('text fields are exact, by prefix, compared or in a range', () => {
    expect(parseQuery('service:"a b*"')).toEqual(fieldIs('service', 'a b*'));
    expect(parseQuery('service:bil*')).toEqual(fieldTest('service', { op: 'prefix', text: 'bil' }));
    expect(parseQuery('deploymentVersion:<2')).toEqual(fieldTest('deploymentVersion', { op: '<', value: '2' }));
    expect(parseQuery('host:[a TO "b c"]')).toEqual(
      allOf(fieldTest('host', { op: '>=', value: 'a' }), fieldTest('host', { op: '<=', value: 'b c' })),
    );
    expect(parseQuery('http.path:/a:b(c)')).toEqual(fieldIs('httpPath', '/a:b(c)'));
  });

  test('numbers are numbers', () => {
    expect(parseQuery('durationMs:1.5')).toEqual(fieldIs('durationMs', 1.5));
    expect(parseQuery('durationMs:<=-2e3')).toEqual(fieldTest('durationMs', { op: '<=', value: -2000 }));
    expect(parseQuery('http.status:[500 TO *]')).toEqual(fieldTest('httpStatus', { op: '>=', value: 500 }));
  });

  test('levels are words, ordered', () => {
    expect(parseQuery('level:warn')).toEqual(fieldIs('level', 3));
    expect(parseQuery('level:<FATAL')).toEqual(fieldTest('level', { op: '<', value: 5 }));
  });

  test('message is text', () => {
    for (const word of ['x', '"x y"', '[main]', '>5', 'a*', 'b:c']) {
      expect(parseQuery(`message:${word}`)).toEqual(text(word.replaceAll('"', '')));
    }
  });

  test('parentheses after a field hold its values', () => {
    const [x, y] = ['x', 'y'].map((value) => fieldIs('service', value)) as [Filter, Filter];
    expect(parseQuery('service:(x OR NOT "y")')).toEqual(anyOf(x, not(y)));
    expect(parseQuery('durationMs:(>1 <5) a')).toEqual(
      allOf(fieldTest('durationMs', { op: '>', value: 1 }), fieldTest('durationMs', { op: '<', value: 5 }), a),
    );
  });
});

describe('attributes', () => {
  const of = (value: string) => parseQuery(`attributes.k:${value}`);

  test('a value means its text and its JSON value; in quotes it means only the text', () => {
    expect(of('5')).toEqual(attribute([['k']], { op: 'in', values: [5, '5'] }));
    expect(of('true')).toEqual(attribute([['k']], { op: 'in', values: [true, 'true'] }));
    expect(of('"5"')).toEqual(attribute([['k']], { op: 'in', values: ['5'] }));
    expect(of('007')).toEqual(attribute([['k']], { op: 'in', values: ['007'] }));
    expect(of('9007199254740993')).toEqual(attribute([['k']], { op: 'in', values: ['9007199254740993'] }));
  });

  test('stars at both ends mean "contains"', () => {
    expect(of('*can*')).toEqual(attribute([['k']], { op: 'contains', value: 'can' }));
  });

  test('an integer with an exponent that a double cannot hold is compared by its digits', () => {
    expect(of('>1e18')).toEqual(attribute([['k']], { op: '>', value: '1000000000000000000' }));
    expect(of('>1e400')).toEqual(attribute([['k']], { op: '>', value: '1e400' }));
  });

  test('a value that is a number is compared as a number', () => {
    expect(of('>3')).toEqual(attribute([['k']], { op: '>', value: 3 }));
    expect(of('>"3"')).toEqual(attribute([['k']], { op: '>', value: '3' }));
    expect(of('[1 TO b]')).toEqual(
      attribute([['k']], {
        op: 'all',
        of: [
          { op: '>=', value: '1' },
          { op: '<=', value: 'b' },
        ],
      }),
    );
  });

  test('a path is one key and nested keys; a quoted step is one key', () => {
    expect(parseQuery('attributes.a.B.c-d:*')).toEqual(attribute([['a.B.c-d'], ['a', 'B', 'c-d']], { op: 'exists' }));
    expect(parseQuery('attributes."a.b":*')).toEqual(attribute([['a.b']], { op: 'exists' }));
    expect(parseQuery('attributes.a."x: \\"y\\"":*')).toEqual(
      attribute([['a.x: "y"'], ['a', 'x: "y"']], { op: 'exists' }),
    );
  });
});

describe('errors', () => {
  test.each([
    ['servce:x', 1, 'the most similar field is service. For an attribute, write attributes.servce:'],
    ['hosts:x', 1, 'the most similar field is host'],
    ['http.stauts:x', 1, 'the most similar field is http.status'],
    ['corelation_ids:x', 1, 'the most similar field is correlationId'],
    ['timestamp:>2026', 1, 'expected no time'],
    ['attributes:x', 1, 'expected the key of an attribute'],
    ['attributes..x:5', 1, 'expected the key of an attribute'],
    ['a OR', 5, 'expected a term'],
    ['AND a', 1, 'expected a term'],
    ['a AND OR b', 7, 'expected a term'],
    ['NOT', 4, 'expected a term'],
    ['a ()', 4, 'expected a term'],
    ['a (b', 3, 'expected a ) that closes this ('],
    ['a b)', 4, 'expected a ( before this )'],
    ['a "b', 3, 'closing quote'],
    ['service: billing', 9, 'expected a value right after service:'],
    ['durationMs:> 5', 13, 'expected a value right after >'],
    ['durationMs:slow', 12, 'expected a number, got slow'],
    ['durationMs:>1e999', 13, 'expected a number, got 1e999'],
    ['level:loud', 7, 'expected trace, debug, info, warning, error, critical, got loud'],
    ['http.status:5*', 13, 'http.status:[400 TO 499]'],
    ['service:a*b', 9, 'expected * at the end only'],
    ['host:[a TO', 6, 'expected a range like host:[a TO b]'],
    ['durationMs:[1 TO x]', 18, 'expected a number, got x'],
    ['\u{1f600} \u{1f600} servce:1', 5, 'got servce'],
    ['a && ', 6, 'expected a term'],
    ['|| a', 1, 'expected a term'],
    ['service:*b', 9, 'expected * at the end only, or at both ends'],
    ['service:*a*b*', 9, 'expected * at the end only, or at both ends'],
    ['http.status:*5*', 13, 'expected a number'],
    ['text: x', 6, 'expected a value right after text:'],
    ['a or servce:1', 6, 'column 3: or is searched as text'],
    ['('.repeat(33), 33, 'at most 32 levels of parentheses'],
  ])('%s is rejected at column %i', (query, column, message) => {
    const parse = () => parseQuery(query);
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ column }));
  });

  test('any text is either a filter or a syntax error at a column of the text', () => {
    const piece = fc.constantFrom(
      ...'()"[]*:-<>\\. ab5'.split(''),
      'OR ',
      'NOT ',
      'service:',
      'attributes.',
      ' TO ',
      '\u{1f600}',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join('')),
        (query) => {
          try {
            expect(parseQuery(query)).toHaveProperty('kind');
          } catch (error) {
            if (!(error instanceof QuerySyntax)) throw error;
            expect(error.column).toBeGreaterThanOrEqual(1);
            expect(error.column).toBeLessThanOrEqual([...query].length + 1);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('model calls', () => {
  const llm = llmTest;
  test.each<[string, Filter]>([
    ['llm:*', HAS_LLM_CALL],
    ['-llm:*', not(HAS_LLM_CALL)],
    ['llm.model:gpt*', llm('model', { op: 'prefix', text: 'gpt' })],
    [
      'llm.model:[a TO b]',
      llm('model', {
        op: 'all',
        of: [
          { op: '>=', value: 'a' },
          { op: '<=', value: 'b' },
        ],
      }),
    ],
    ['llm.request_model:gpt-4o', llm('requestModel', { op: 'in', values: ['gpt-4o'] })],
    ['llm.costUsd:>0.01', llm('costUsd', { op: '>', value: 0.01 })],
    ['llm.timeToFirstTokenMs:>1.5s', llm('timeToFirstTokenMs', { op: '>', value: 1500 })],
    [
      'llm.counted:(true OR false)',
      anyOf(...[true, false].map((value) => llm('counted', { op: 'in', values: [value] }))),
    ],
    ['llm.finishReason:*', llm('finishReason', { op: 'exists' })],
    ['gen_ai.usage.input_tokens:<5', llm('inputTokens', { op: '<', value: 5 })],
    ['llm.parameters.seed:*', { kind: 'llmParameter', paths: [['seed']], test: { op: 'exists' } }],
    [
      'llm.parameters.a.b:x',
      { kind: 'llmParameter', paths: [['a.b'], ['a', 'b']], test: { op: 'in', values: ['x'] }, elements: true },
    ],
  ])('%s', (query, filter) => {
    expect(parseQuery(query)).toEqual(filter);
  });

  test.each([
    ['llm:x', 'expected llm:*, or one of its fields, like llm.model:x'],
    ['llm.counted:yes', 'llm.counted: expected true or false, got'],
    ['llm.counted:>true', 'llm.counted: expected true or false, got'],
    ['llm.costUsd:cheap', 'llm.costUsd: expected a number'],
    ['llm.parameters:x', 'expected the key of a parameter, like llm.parameters.seed:7'],
    ['llm.modle:x', 'the most similar field is llm.model'],
  ])('%s is an error that says what was expected', (query, message) => {
    expect(() => parseQuery(query)).toThrow(message);
  });
});
