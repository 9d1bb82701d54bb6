import { expect, test } from 'vitest';
import { parseColumns } from '../../../../src/log/export/columns.ts';
import { csvHeader, csvLine } from '../../../../src/log/export/csv.ts';
import { exportedRecord } from '../../../../src/log/export/exported-record.ts';
import type { Draft } from '../../../../src/log/record.ts';
import { record } from '../../../support/records.ts';

/** RFC 4180, as a reader of it would write it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const cellsOf = (draft: Draft, names: string, formulas: 'escape' | 'keep' = 'escape'): string[] =>
  readCsv(csvLine(exportedRecord(record(draft)), parseColumns(names), formulas))[0]!;

test('hostile text is one cell, and comes back as it was', () => {
  const hostile = [
    'a,b',
    'say "hi"',
    '"',
    '""',
    'two\nlines',
    'two\r\nlines',
    ' spaces ',
    ',",\r\n"',
    '\u202egnp.exe',
    '<script>',
    'é\u{1f600}',
  ];
  for (const message of hostile) {
    expect(cellsOf({ message, component: message }, 'service,message,component,level')).toEqual([
      'billing',
      message,
      message,
      'INFO',
    ]);
  }
});

test("a text that a spreadsheet would run gets a ' before it, also after white space; with keep it stays", () => {
  for (const message of ['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '"=1', '\n', '＝1', '=HYPERLINK("http://x","y")']) {
    expect(cellsOf({ message }, 'message')).toEqual([`'${message}`]);
    expect(cellsOf({ message }, 'message', 'keep')).toEqual([message]);
  }
  expect(
    cellsOf({ attributes: { n: -5, t: '-5', list: ['=1'] } }, 'attributes.n,attributes.t,attributes.list'),
  ).toEqual(['-5', "'-5", '["=1"]']);
});

test.each([
  ['a;=1', "a;'=1"],
  ['a\t+1; @b', "a\t'+1;' @b"],
  ['a\n-1\r\n=1', "a\n'-1\r\n'=1"],
  ['a;"=1', `a;'"=1`],
  ['\t=1', "'\t'=1"],
  ['a = 1, b; c=1', 'a = 1, b; c=1'],
])('%j is %j, because a spreadsheet that splits at ; or tabs begins cells and rows there', (message, escaped) => {
  expect(cellsOf({ message }, 'message')).toEqual([escaped]);
  expect(cellsOf({ message }, 'message', 'keep')).toEqual([message]);
});

test('JSON is escaped in the same way, and remains JSON', () => {
  const [json] = cellsOf({ attributes: { rows: ['a;=1', '=1'] } }, 'attributes.rows');
  expect(json).toBe(`["a;'=1","=1"]`);
});

test('what a spreadsheet may split at is in quotes', () => {
  const line = csvLine(
    exportedRecord(record({ message: 'a;b', component: 'c\td' })),
    parseColumns('message,component'),
    'keep',
  );
  expect(line).toBe('"a;b","c\td"\r\n');
});

test('a long text of white space and separators is escaped in time that grows with its length', () => {
  for (const message of [' '.repeat(2_000_000), '\n'.repeat(2_000_000), "; '".repeat(500_000)]) {
    expect(cellsOf({ message }, 'message')[0]!.length).toBeGreaterThanOrEqual(message.length);
  }
});

test('the header has the names of the columns, quoted where they must be, and without formulas', () => {
  const header = (names: string): string => csvHeader(parseColumns(names), 'escape');
  expect(header('TIMESTAMP, level ,http.status,attributes."a,b".c,llm.Model')).toBe(
    'timestamp,level,http.status,"attributes.""a,b"".c",llm.model\r\n',
  );
  expect(header('attributes.a;=1')).toBe(`"attributes.a;'=1"\r\n`);
});

test('columns are fields and attributes by their names in the search language', () => {
  const draft: Draft = {
    attributes: { 'a.b': 1, a: { b: 2, c: 3 }, deep: { 'x.y': null, x: { y: [1, { z: 2 }] } } },
    httpStatus: 504,
    durationMs: 0.5,
    llm: { requestModel: 'asked', finishReasons: ['stop', 'length'], costUsd: 0.0012, parameters: { seed: 7 } },
  };
  const names =
    'attributes.a.b,attributes.a.c,attributes.deep.x.y,attributes."a.b",attributes.no,http.status,duration_ms,' +
    'llm.model,llm.finishReason,llm.costUsd,llm.parameters.seed,component';
  expect(cellsOf(draft, names)).toEqual([
    '1',
    '3',
    '[1,{"z":2}]',
    '1',
    '',
    '504',
    '0.5',
    'asked',
    '["stop","length"]',
    '0.0012',
    '7',
    '',
  ]);
});

test('a column that does not exist is an error that says what may be meant', () => {
  expect(() => parseColumns('level,servcie')).toThrow(
    'columns: expected fields such as level, service or attributes.region, got servcie; the most similar field is service',
  );
  expect(() => parseColumns('region')).toThrow('write attributes.region for an attribute');
  expect(() => parseColumns('level,,service')).toThrow('columns: expected names with commas between');
  // In time, however long the white space is.
  expect(() => parseColumns(`a,${' '.repeat(15_000)}b${' '.repeat(15_000)}.`)).toThrow('columns: expected names');
  expect(() => parseColumns('text')).toThrow('columns: expected fields');
  expect(() => parseColumns(Array(101).fill('level').join(','))).toThrow('columns: expected at most 100, got 101');
});
