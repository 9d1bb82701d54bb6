import { expect, test } from 'vitest';
import {
  attributePath,
  columnsOf,
  columnsText,
  columnText,
  DEFAULT_COLUMNS,
  moved,
  needsOf,
} from '../../../page/src/text/columns.ts';
import { attributeField } from '../../../page/src/text/query-terms.ts';

test('columns come from the URL, and what is none is left out', () => {
  expect(columnsOf(undefined)).toEqual(DEFAULT_COLUMNS);
  expect(columnsOf('message,nothing,host,host,http.status,attributes.a.b')).toEqual([
    'message',
    'host',
    'http.status',
    'attributes.a.b',
  ]);
  expect(columnsOf('nothing')).toEqual(DEFAULT_COLUMNS);
  expect(columnsText(DEFAULT_COLUMNS)).toBeUndefined();
});

test('the key of an attribute may have any characters', () => {
  const path = ['plain', 'with.dot', 'with "quotes", and comma'];
  const name = attributeField(path);
  expect(attributePath(name)).toEqual(path);
  expect(columnsOf(`host,${name},level`)).toEqual(['host', name, 'level']);
});

test('a column has the value that the search would find', () => {
  const record = { host: 'a', http: { status: 500 }, attributes: { 'a.b': 1, c: { d: { e: [1, 2] } }, f: null } };
  const texts = ['host', 'http.status', 'attributes.a.b', 'attributes.c.d', 'attributes.f', 'attributes.x.y', 'userId'];
  expect(texts.map((name) => columnText(record, name))).toEqual([
    'a',
    '500',
    '1',
    '{"e":[1,2]}',
    undefined,
    undefined,
    undefined,
  ]);
  expect(columnText({ attributes: { a: 1 } }, 'attributes.constructor')).toBeUndefined();
});

test('attributes are asked for only when a column shows one', () => {
  expect(needsOf(DEFAULT_COLUMNS)).toEqual({ fields: false, http: false, llm: false, attributes: false });
  expect(needsOf(['host', 'attributes.a'])).toEqual({ fields: true, http: false, llm: false, attributes: true });
});

test('a column moves within the bounds of the list', () => {
  expect(moved(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c']);
  expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['c', 'a', 'b']);
});
