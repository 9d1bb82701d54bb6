import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BadUserInput, QuerySyntax } from '../../../src/errors.ts';
import { compileMatch } from '../../../src/log/filter/match.ts';
import { filterOfLogQuery } from '../../../src/log/logql/filter-of.ts';
import { labelName, pathsOf } from '../../../src/log/logql/labels.ts';
import { LOGQL_LENGTH_MAX } from '../../../src/log/logql/lexer.ts';
import { parseLogql } from '../../../src/log/logql/parse-metric.ts';
import type { LogQuery, MetricQuery } from '../../../src/log/logql/syntax.ts';
import type { Draft } from '../../../src/log/record.ts';
import { GRAFANA_QUERIES } from '../../support/grafana-queries.ts';
import { record } from '../../support/records.ts';

/** Reads a query with all that would be done before a statement is sent. */
function read(text: string): LogQuery | MetricQuery {
  const query = parseLogql(text);
  for (const log of logsOf(query)) filterOfLogQuery(log, text);
  return query;
}

function logsOf(query: LogQuery | MetricQuery): LogQuery[] {
  switch (query.kind) {
    case 'log':
      return [query];
    case 'range':
      return [query.log];
    case 'group':
      return logsOf(query.of);
    case 'binary':
      return [...logsOf(query.left), ...logsOf(query.right)];
    default:
      return [];
  }
}

const matches = (text: string, draft: Draft): boolean =>
  compileMatch(filterOfLogQuery(parseLogql(text) as LogQuery, text))(record(draft));

const names = (count: number): string => Array.from({ length: count }, (_, i) => `z${i}`).join(',');

function errorOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof QuerySyntax) return error.message;
    throw error;
  }
  return 'none';
}

test.each(GRAFANA_QUERIES)('Grafana: $query', ({ query, missing }) => {
  if (missing === undefined) expect(errorOf(query)).toBe('none');
  else expect(errorOf(query)).toContain(missing);
});

test.each([
  ['{service_name="api"}', { service: 'api' }, true],
  ['{service="api"}', { service: 'API' }, false],
  ['{service_name!="api"}', { service: 'web' }, true],
  ['{component=""}', {}, true],
  ['{component!=""}', {}, false],
  ['{component=~".*"}', {}, true],
  ['{component=~".+"}', {}, false],
  ['{component=~".+"}', { component: 'db' }, true],
  ['{component=~"db|"}', {}, true],
  ['{component=~"d.*"}', { component: 'db' }, true],
  ['{component=~"db.+"}', { component: 'db' }, false],
  ['{component=~"(pay|web)-(db|queue)"}', { component: 'web-queue' }, true],
  ['{component=~"(?:pay|web)-db|x"}', { component: 'web-db.' }, false],
  ['{component=~"a\\\\.b"}', { component: 'a.b' }, true],
  ['{component=~"^db$"}', { component: 'db' }, true],
  ['{component!~"db|web"}', { component: 'db' }, false],
  ['{component!~"db|web"}', {}, true],
  ['{service_name=~"(?i).*PI.*"}', { service: 'api' }, true],
  ['{level="warn"}', { severityNumber: 13 }, true],
  ['{level="WARNING"}', { severityNumber: 13 }, true],
  ['{detected_level=~"(?i)ERROR|fatal"}', { severityNumber: 21 }, true],
  ['{detected_level=""}', { severityNumber: 9 }, false],
  ['{level="none"}', { severityNumber: 9 }, false],
  ['{app="api"}', { service: 'api' }, true],
  ['{app="x"}', { service: 'api', attributes: { app: 'x' } }, true],
  ['{app="api"}', { service: 'api', attributes: { app: 'x' } }, false],
  ['{http_response_status_code="500"}', { attributes: { 'http.response.status_code': 500 } }, true],
  ['{http_response_status_code="500"}', { attributes: { http: { response: { status_code: '500' } } } }, true],
  ['{user_agent="curl"}', { attributes: { 'user-agent': 'curl' } }, true],
  ['{ok="true"}', { attributes: { ok: true } }, true],
  ['{tags="b"}', { attributes: { tags: ['a', 'b'] } }, true],
  ['{} |= "PAID"', { message: 'it was paid' }, true],
  ['{} != "paid"', { message: 'it was paid' }, false],
  ['{} |= "a" or "b"', { message: 'b' }, true],
  ['{} != "a" or "b"', { message: 'b' }, false],
  ['{} |= ""', { message: 'b' }, true],
  ['{} |~ "a|b"', { message: 'xbx' }, true],
  ['{} |~ ".*a.*"', { message: 'xax' }, true],
  ['{} |~ "^xb"', { message: 'xbx' }, true],
  ['{} |~ "^b"', { message: 'xbx' }, false],
  ['{} |~ "^(a|b)$"', { message: 'b' }, true],
  ['{} !~ "(?i)A|B"', { message: 'xbx' }, false],
  ['{} |> "order <_> paid <_>"', { message: 'order 7 paid by x' }, true],
  ['{} | duration_ms > 1.5s', { durationMs: 1600 }, true],
  ['{} | duration < 1s and http_status >= 500 or service="api"', { durationMs: 1600, service: 'api' }, true],
  ['{} | http_status == 500', { httpStatus: 500 }, true],
  ['{} | http_status = "500"', { httpStatus: 500 }, true],
  ['{} | size > 5000', { attributes: { size: 5001 } }, true],
  ['{} | drop a | b="1"', { attributes: { a: 1, b: 1 } }, true],
  ['{} | drop __error__ | __error__=""', {}, true],
  ['{} | size >= -1', { attributes: { size: -1 } }, true],
  ['{} | json | logfmt --strict | __error__="" | (a="1", b="2")', { attributes: { a: 1, b: '2' } }, true],
  ['{} | __error__!=""', {}, false],
  ['{} | json="x" # a label of that name', { attributes: { json: 'x' } }, true],
] as [string, Draft, boolean][])('%s of %o is %s', (query, draft, expected) => {
  expect(matches(query, draft)).toBe(expected);
});

test.each([
  ['{', 'line 1, col 2: expected the name of a label, got the end'],
  ['{a="b"', 'line 1, col 7: expected `,`, got the end'],
  ['{a="b}', 'line 1, col 4: expected a closing quote'],
  ['{a="b"}\n| pattern "x"', 'line 2, col 3: Weir has no `pattern`'],
  ['{a="b"} | json x="y"', 'col 16: Weir has no expressions after `json`'],
  ['{a=~"b[cd]"}', 'col 2: Weir has no `[` in a pattern. A pattern is a choice of texts'],
  ['{a=~"b\\\\d"}', 'Weir has no `\\d` in a pattern'],
  ['{a=~"b.*c"}', 'Weir has no wildcard between two texts'],
  ['{a=~"(?i)b"}', 'Weir has no whole values in any case'],
  ['{a=~"b|c.?"}', 'Weir has no single `.`'],
  ['{} |~ "ab+"', 'Weir has no quantifier `+`'],
  ['{} |~ "a$"', 'Weir has no ends of lines'],
  ['{} | a > 10s', 'Weir compares durations with `duration_ms` alone'],
  ['{} | size > 5KB', 'col 6: Weir has no sizes in conditions: compare `size` with a number of bytes, such as 5000'],
  ['{} !> "order <_> paid"', 'col 4: Weir has no `!>`'],
  ['{} | drop a | b="1" or a="1"', 'col 24: Weir has no conditions on a label that `drop` or `keep` has removed'],
  ['{} | keep b | a="1"', 'removed: put the condition on `a` before it'],
  ['{} |= ip("10.0.0.0/8")', 'Weir has no ip()'],
  ['rate({a="b"})', 'expected a range such as [5m]'],
  ['rate({a="b"}[5])', 'expected a duration such as 5m, got 5'],
  ['rate({a="b"}[400d])', 'expected a duration from 1ms to 366d'],
  ['quantile_over_time(0.9, {a="b"} | unwrap x [5m])', 'Weir has no function `quantile_over_time`'],
  ['sum(rate({a="b"}[5m])) or vector(0)', 'Weir has no `or`'],
  ['rate({a="b"}[5m]) / on(a) rate({a="b"}[5m])', 'Weir has no `on`'],
  ['topk(0.5, rate({a="b"}[5m]))', 'expected a whole number of series'],
  ['sum by (a (rate({a="b"}[5m]))', 'expected `,`, got ('],
  ['(((1', 'expected `)`, got the end'],
  ['5kg', 'expected a number, a duration such as 5m'],
  ['{a="b"} €', 'col 9: expected LogQL, got €'],
  ['', 'col 1: expected a log query or a metric query, got the end'],
])('%s is an error that says where', (query, expected) => {
  expect(errorOf(query)).toContain(expected);
});

test.each([
  [
    'operators',
    `vector(1)${'+1'.repeat(50)}`,
    'col 108: expected at most 50 operators and functions in a query, got more',
  ],
  ['more operators than the stack holds', `${'1+'.repeat(7000)}1`, 'expected at most 50 operators'],
  ['names after by', `sum by (${names(21)}) (rate({}[1m]))`, 'expected at most 20 names, got more'],
  ['names after without', `sum without (${names(21)}) (rate({}[1m]))`, 'expected at most 20 names, got more'],
  ['names after drop', `{} | drop ${names(21)}`, 'expected at most 20 names, got more'],
  ['stages', `{}${' | drop a'.repeat(502)}`, 'expected at most 500 stages'],
])('too many are an error: %s', (_, query, expected) => {
  expect(errorOf(query)).toContain(expected);
});

test('operators bind as in Prometheus', () => {
  expect(parseLogql('1 + 2 * 3 ^ 2 ^ 1 > bool 4')).toMatchObject({
    op: '>',
    bool: true,
    left: { op: '+', right: { op: '*', right: { op: '^', right: { op: '^' } } } },
  });
  expect(parseLogql('8 - 4 - 2')).toMatchObject({ op: '-', left: { op: '-' }, right: { value: 2 } });
});

test('a label finds the attribute whose name it was made of', () => {
  for (const path of [['a'], ['a.b'], ['a_b.c'], ['a.b_c_d'], ['a', 'b'], ['k8s.pod.name'], ['user-agent']]) {
    const found = pathsOf(labelName(path)).map((candidate) => candidate.join('|'));
    expect(found).toContain(path.join('|'));
  }
  expect(pathsOf('_'.repeat(1000))).toHaveLength(1);
});

const WORDS =
  '{ } ( ) [ ] , | = != =~ !~ |= |~ |> !> == > >= < <= + - * / % ^ "a" `b` "\\"" "(?i)a|b" "(a|(b|c).*)" sum by without topk rate count_over_time vector offset or and unless bool json logfmt drop keep level a_b 1 2.5 5m 1h30m 5KB 1e9 # \n'.split(
    ' ',
  );

test('any text is a query, or an error of its own kind that says where', () => {
  const texts = fc.oneof(
    fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => words.join(' ')),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.tuple(fc.constantFrom(...GRAFANA_QUERIES), fc.nat(), fc.constantFrom(...WORDS)).map(([{ query }, at, word]) => {
      const place = at % (query.length + 1);
      return query.slice(0, place) + word + query.slice(place + (at % 3));
    }),
    fc
      .string({ unit: fc.constantFrom(...'()|.*+\\?:iab[]{}^$'), maxLength: 40 })
      .map((p) => `{a=~${JSON.stringify(p)}} |~ \`${p}\``),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        read(text);
      } catch (error) {
        if (error instanceof BadUserInput) return;
        expect(error).toBeInstanceOf(QuerySyntax);
        const { column } = error as QuerySyntax;
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual(text.length + 1);
      }
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['parentheses', (n: number) => '('.repeat(n)],
  ['quotes', (n: number) => `{a="${'\\'.repeat(n)}`],
  ['braces', (n: number) => '{a="b"'.repeat(n)],
  ['line filters', (n: number) => `{}${' |= "a"'.repeat(n)}`],
  ['operators', (n: number) => '1^'.repeat(n)],
  ['minus signs', (n: number) => '-'.repeat(n)],
  ['numbers', (n: number) => '1.'.repeat(n)],
  ['durations', (n: number) => `${'1m'.repeat(n)}!`],
  ['groups of a pattern', (n: number) => `{a=~"${'(a|b)'.repeat(n)}"}`],
  ['a long choice', (n: number) => `{a=~"${'a|'.repeat(n)}"}`],
  ['a pattern of texts', (n: number) => `{} |> "${'<_> a '.repeat(n)}"`],
  ['a pattern of escapes', (n: number) => `{a=~"${'\\\\.'.repeat(n)}"}`],
])('%s: the longest text is read in the time of one test, which quadratic work would pass', (_, make) => {
  for (let run = 0; run < 20; run++) {
    try {
      read(make(LOGQL_LENGTH_MAX).slice(0, LOGQL_LENGTH_MAX - 2) + (_.includes('pattern') ? '"}' : ''));
    } catch (error) {
      if (!(error instanceof QuerySyntax || error instanceof BadUserInput)) throw error;
    }
  }
});

test('a text that is too long is an error', () => {
  expect(errorOf(`{a="${'x'.repeat(LOGQL_LENGTH_MAX)}"}`)).toContain(`expected at most ${LOGQL_LENGTH_MAX} characters`);
});
