import { expect, test } from 'vitest';
import { asWeirError, isUnavailable, sqlState } from '../../../src/db/connection/sqlstate.ts';
import { BadUserInput, DatabaseUnavailable, QueryTimeout } from '../../../src/errors.ts';

const coded = (code: string): Error => Object.assign(new Error('whatever it says'), { code });

test('a lost connection is unavailability, in every form of the error', () => {
  for (const code of [
    'ECONNREFUSED',
    'EPIPE',
    'CONNECTION_CLOSED',
    'CONNECT_TIMEOUT',
    '08006',
    '57P01',
    '57P03',
    '53300',
  ]) {
    expect(isUnavailable(coded(code))).toBe(true);
    expect(asWeirError(coded(code))).toBeInstanceOf(DatabaseUnavailable);
  }
});

test('a cancelled statement is a timeout, and keeps its cause', () => {
  const error = coded('57014');
  expect(asWeirError(error)).toBeInstanceOf(QueryTimeout);
  expect(asWeirError(error)).toMatchObject({ cause: error });
});

test('every other error stays what it is', () => {
  for (const error of [coded('23505'), coded('ENOSPC'), new Error('57014'), new BadUserInput('no'), 'text', null]) {
    expect(asWeirError(error)).toBe(error);
  }
});

test('the code of a socket is no SQLSTATE', () => {
  expect(sqlState(coded('EPIPE'))).toBeUndefined();
  expect(sqlState(coded('0A000'))).toBe('0A000');
  expect(sqlState(undefined)).toBeUndefined();
});
