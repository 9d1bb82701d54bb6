import { expect, test } from 'vitest';
import { type LogFilterInput, parseFilter } from '../../../src/log/filter/filter.ts';
import { compileMatch, jsonEqual } from '../../../src/log/filter/match.ts';
import type { JsonObject } from '../../../src/log/json.ts';
import { arrivalAt, type Draft, isRejection, makeRecord, type NewRecord } from '../../../src/log/record.ts';
import { now } from '../../../src/log/time.ts';

const arrival = arrivalAt(now(), { maxAgeMs: 1000, environment: null, deploymentVersion: null, redactor: null });

function record(draft: Draft): NewRecord {
  const made = makeRecord(draft, arrival);
  if (isRejection(made)) throw new Error(made.reason);
  return made;
}

const matches = (filter: LogFilterInput, draft: Draft): boolean => compileMatch(parseFilter(filter))(record(draft));
const withAttributes = (attributes: JsonObject): Draft => ({ attributes });

test('a filter without conditions matches every record', () => {
  for (const filter of [
    {},
    { and: [] },
    { attributes: [] },
    { httpStatus: {} },
    { not: null },
    { query: ' ' },
    { messageContains: '' },
  ]) {
    expect(matches(filter, { message: 'x' }), JSON.stringify(filter)).toBe(true);
  }
});

test('an empty list and an empty or match no record', () => {
  for (const filter of [{ services: [] }, { levels: [] }, { or: [] }, { not: {} }]) {
    expect(matches(filter, { message: 'x' }), JSON.stringify(filter)).toBe(false);
  }
});

test('a condition on a value that the record lacks is false, and its not is true', () => {
  expect(matches({ hosts: ['a'] }, {})).toBe(false);
  expect(matches({ not: { hosts: ['a'] } }, {})).toBe(true);
  expect(matches({ durationMs: { lte: 5 } }, {})).toBe(false);
  expect(matches({ not: { durationMs: { lte: 5 } } }, {})).toBe(true);
});

test('text searches ignore the case of A-Z only', () => {
  const contains = (message: string, part: string) => matches({ messageContains: part }, { message });
  expect(contains('Connection TIMED out', 'timed OUT')).toBe(true);
  expect(contains('\u212aelvin', 'kelvin')).toBe(false);
  expect(contains('\u0130stanbul', 'istanbul')).toBe(false);
  expect(contains('CAF\u00c9', 'caf\u00e9')).toBe(false);
  expect(contains('stra\u00dfe', 'STRASSE')).toBe(false);
});

test('a text search has no wildcards', () => {
  for (const part of ['100%', 'a_b', 'C:\\x', '[main]', '(.*)', 'a\nb', '\ufffd', '$1', '\u{1f600}']) {
    expect(matches({ messageContains: part }, { message: `<${part}>` }), part).toBe(true);
    expect(matches({ messageContains: part }, { message: 'aXb 100 main C:/x' }), part).toBe(false);
  }
});

test('NUL and lone surrogates are U+FFFD in filters as in records', () => {
  expect(matches({ messageContains: 'a\0b' }, { message: 'a\ufffdb' })).toBe(true);
  expect(matches({ services: ['\ud800'] }, { service: '\udc00' })).toBe(true);
});

test('text is ordered by code point, not by UTF-16 unit', () => {
  const attribute = (op: 'GT' | 'LT', value: string): LogFilterInput => ({ attributes: [{ path: ['a'], op, value }] });
  expect(matches(attribute('GT', '\uffff'), withAttributes({ a: '\u{10000}' }))).toBe(true);
  expect(matches(attribute('LT', '\u{10000}'), withAttributes({ a: '\ue000' }))).toBe(true);
  expect(matches({ query: 'service:>"\uffff"' }, { service: '\u{1f600}' })).toBe(true);
});

test('numbers are compared with numbers and text with text, and never with each other', () => {
  const greater = (value: unknown): LogFilterInput => ({ attributes: [{ path: ['n'], op: 'GTE', value }] });
  expect(matches(greater(3), withAttributes({ n: 3 }))).toBe(true);
  expect(matches(greater(3), withAttributes({ n: '4' }))).toBe(false);
  expect(matches(greater('3'), withAttributes({ n: '4' }))).toBe(true);
  expect(matches(greater('3'), withAttributes({ n: 4 }))).toBe(false);
  expect(matches(greater(true), withAttributes({ n: true }))).toBe(false);
});

test('NE is true if the attribute is missing, and JSON null counts as missing', () => {
  const ne: LogFilterInput = { attributes: [{ path: ['a'], op: 'NE', value: 1 }] };
  const exists: LogFilterInput = { attributes: [{ path: ['a'], op: 'EXISTS' }] };
  expect(matches(ne, withAttributes({}))).toBe(true);
  expect(matches(ne, withAttributes({ a: 1 }))).toBe(false);
  expect(matches(exists, withAttributes({ a: null }))).toBe(false);
  expect(matches(exists, withAttributes({ a: false }))).toBe(true);
});

test('a path follows own keys only and never enters an array', () => {
  const exists = (...path: string[]): LogFilterInput => ({ attributes: [{ path, op: 'EXISTS' }] });
  expect(matches(exists('toString'), withAttributes({}))).toBe(false);
  expect(matches(exists('__proto__'), withAttributes({}))).toBe(false);
  expect(matches(exists('__proto__'), withAttributes(JSON.parse('{"__proto__":1}')))).toBe(true);
  expect(matches(exists('a', '0'), withAttributes({ a: [1] }))).toBe(false);
  expect(matches(exists('a', 'length'), withAttributes({ a: 'text' }))).toBe(false);
});

test('CONTAINS finds text in text and an equal element in an array', () => {
  const contains = (value: unknown): LogFilterInput => ({ attributes: [{ path: ['a'], op: 'CONTAINS', value }] });
  expect(matches(contains('ERR'), withAttributes({ a: 'some error' }))).toBe(true);
  expect(matches(contains('ERR'), withAttributes({ a: ['some error'] }))).toBe(false);
  expect(matches(contains('x'), withAttributes({ a: ['x'] }))).toBe(true);
  expect(matches(contains({ b: 1 }), withAttributes({ a: [{ b: 1, c: 2 }] }))).toBe(false);
  expect(matches(contains({ b: 1 }), withAttributes({ a: [{ b: 1 }] }))).toBe(true);
  expect(matches(contains(5), withAttributes({ a: '5' }))).toBe(false);
});

test('JSON is compared deeply, and the order of keys does not count', () => {
  expect(jsonEqual({ a: 1, b: [null, { c: 'x' }] }, { b: [null, { c: 'x' }], a: 1 })).toBe(true);
  expect(jsonEqual({ a: null }, { b: null })).toBe(false);
  expect(jsonEqual({ a: null }, {})).toBe(false);
  expect(jsonEqual([1, 2], [2, 1])).toBe(false);
  expect(jsonEqual([], {})).toBe(false);
  expect(jsonEqual('1', 1)).toBe(false);
});

test('an attribute in a search means the dotted key if it exists, otherwise the nested one', () => {
  const query = { query: 'attributes.a.b:1' };
  expect(matches(query, withAttributes({ 'a.b': 1, a: { b: 2 } }))).toBe(true);
  expect(matches(query, withAttributes({ 'a.b': 2, a: { b: 1 } }))).toBe(false);
  expect(matches(query, withAttributes({ 'a.b': null, a: { b: 1 } }))).toBe(true);
  expect(matches(query, withAttributes({ a: { b: 1 } }))).toBe(true);
});

test('hasError is level ERROR or above, or an error type', () => {
  expect(matches({ hasError: true }, { severityNumber: 17 })).toBe(true);
  expect(matches({ hasError: true }, { severityNumber: 9, errorType: '' })).toBe(true);
  expect(matches({ hasError: true }, { severityNumber: 16 })).toBe(false);
  expect(matches({ hasError: false }, { severityNumber: 16 })).toBe(true);
});

test('the level follows from the severity number', () => {
  expect(matches({ minLevel: 'WARNING' }, { severityNumber: 13 })).toBe(true);
  expect(matches({ minLevel: 'WARNING' }, { severityNumber: 12 })).toBe(false);
  expect(matches({ levels: ['TRACE', 'CRITICAL'] }, { severityNumber: 24 })).toBe(true);
});
