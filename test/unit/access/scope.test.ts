import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import {
  inScope,
  parseScope,
  requireAllRecords,
  SCOPE_CONDITIONS_MAX,
  SCOPE_LENGTH_MAX,
} from '../../../src/access/scope.ts';
import { readScope, storedScope } from '../../../src/access/stored-scope.ts';
import { BadUserInput, Forbidden } from '../../../src/errors.ts';
import { allOf, anyOf, fieldIs, fieldTest, not } from '../../../src/log/filter/filter.ts';
import { anyRecord } from '../../support/arbitraries.ts';
import { scopeOver } from '../../support/arbitrary-scopes.ts';

const STAGING = fieldIs('environment', 'staging');

describe('a scope', () => {
  test('is the search language of fields and attributes', () => {
    expect(parseScope('environment:staging')).toEqual(STAGING);
    expect(parseScope('environment:staging -service:(a OR b*)')).toEqual(
      allOf(STAGING, not(anyOf(fieldIs('service', 'a'), fieldTest('service', { op: 'prefix', text: 'b' })))),
    );
    expect(parseScope('attributes.team:*')).toEqual({ kind: 'attribute', paths: [['team']], test: { op: 'exists' } });
    expect(parseScope('level:>=error durationMs:[1s TO *]')).toMatchObject({ kind: 'all' });
    expect(parseScope('llm:* -llm.counted:false llm.model:gpt* llm.parameters.team:a')).toMatchObject({ kind: 'all' });
  });

  test.each([
    ['', /^scope: expected a condition on a field or an attribute, such as .+, got none$/],
    [' \n ', /got none$/],
    ['message:*', /got none$/],
    ['environment:staging OR text:*', /got none$/],
    ['staging', /^scope: expected fields and attributes, such as .+, got a text to search for: "?staging/],
    ['environment:staging "a b"', /got a text to search for/],
    ['NOT (environment:staging OR (level:error timeout))', /got a text to search for/],
    ['message:staging', /got a text to search for/],
    ['text:staging', /got a text to search for/],
    ['environment:*stag*', /expected a whole value or its beginning \(eu\*\), got a text between two stars/],
    ['attributes.team:*"a b"*', /got a text between two stars/],
    ['environment:a or environment:b', /got a text to search for.+or is searched as text; to join terms, write OR/],
    ['llm.model:*gpt*', /got a text between two stars/],
    ['enviroment:staging', /^scope, column 1: expected a field before the colon.+environment/],
    ['environment:(a', /^scope, column \d+: expected a \) that closes/],
    ['timestamp:2026', /expected no time in a search/],
    [`service:${'x'.repeat(SCOPE_LENGTH_MAX)}`, /expected at most 2000 characters, got/],
    [
      `service:(${Array(SCOPE_CONDITIONS_MAX + 1)
        .fill('a')
        .join(' OR ')})`,
      /expected at most 40 conditions, got 41/,
    ],
  ])('%j is an error that says why', (text, message) => {
    expect(() => parseScope(text)).toThrow(BadUserInput);
    expect(() => parseScope(text)).toThrow(message);
  });

  test('narrows every filter; without a scope the filter is the same object', () => {
    const filter = fieldIs('service', 'web');
    expect(inScope(filter, STAGING)).toEqual(allOf(STAGING, filter));
    expect(inScope(filter, null)).toBe(filter);
  });

  test('forbids what is about all records', () => {
    expect(() => requireAllRecords(ANYONE, 'health')).not.toThrow();
    expect(() => requireAllRecords({ ...ANYONE, scope: STAGING }, 'health')).toThrow(Forbidden);
    expect(() => requireAllRecords({ ...ANYONE, scope: STAGING }, 'health')).toThrow(/^health: expected a key without/);
  });
});

describe('a stored scope', () => {
  test('is read as it was parsed, whatever the search language could say', () => {
    const scopes = fc.array(anyRecord, { minLength: 5, maxLength: 5 }).chain(scopeOver);
    fc.assert(
      fc.property(scopes, (text) => {
        const scope = parseScope(text);
        expect(readScope(storedScope(scope))).toEqual(scope);
      }),
    );
  });

  const test_ = { op: 'in', values: ['a'] };
  const field = { kind: 'field', field: 'service', test: test_ };
  test.each([
    ['no JSON', '{'],
    ['no object', 'null'],
    ['an unknown node', { kind: 'xor', of: [field] }],
    ['an unknown node below a known one', { kind: 'all', of: [field, { kind: 'not', of: { kind: 'near', of: [] } }] }],
    ['an unknown field', { ...field, field: 'region' }],
    ['a time', { ...field, field: 'timestamp' }],
    ['an unknown test', { ...field, test: { op: 'like', text: 'a' } }],
    ['a text that is contained', { ...field, test: { op: 'contains', value: 'a' } }],
    ['more than a known node says', { ...field, caseless: true }],
    ['more than a known test says', { ...field, test: { ...test_, caseless: true } }],
    ['less than a known node says', { kind: 'field', field: 'service' }],
    ['nothing to test', { kind: 'all', of: [] }],
    ['no value', { ...field, test: { op: 'in', values: [] } }],
    ['a value of another type', { ...field, test: { op: 'in', values: [5] } }],
    ['a level that is none', { ...field, field: 'level', test: { op: '>=', value: 6 } }],
    ['an unknown field of a call', { kind: 'llm', field: 'mood', test: test_ }],
    ['a cost that is no number', { kind: 'llm', field: 'costUsd', test: test_ }],
    ['more than a call', { kind: 'hasLlmCall', of: [] }],
    ['a parameter without a path', { kind: 'llmParameter', paths: [], test: test_ }],
    ['an attribute without a path', { kind: 'attribute', paths: [[]], test: test_ }],
    ['elements in an unknown way', { kind: 'attribute', paths: [['a']], test: test_, elements: 'all' }],
    ['a tree that is too deep to read', `${'{"kind":"not","of":'.repeat(50_000)}null${'}'.repeat(50_000)}`],
  ])('with %s is refused', (_, tree) => {
    expect(readScope(typeof tree === 'string' ? tree : JSON.stringify(tree))).toBeUndefined();
  });

  test('of known parts is read', () => {
    expect(readScope(JSON.stringify(field))).toEqual(field);
  });
});
