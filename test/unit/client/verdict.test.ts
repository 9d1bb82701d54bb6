import { expect, test } from 'vitest';
import { backoffMs, retryAfterMs } from '../../../client/src/sender/backoff.ts';
import { judge, judgeFailure, TOO_LARGE } from '../../../client/src/sender/verdict.ts';

const answer = (status: number, body = '', retryAfter?: string) => judge({ status, retryAfter, body }, 10);

test('records that a stored batch was not accepted for are counted', () => {
  expect(answer(200, '{"accepted":8,"duplicates":0}')).toMatchObject({ kind: 'stored', rejected: 2 });
});

test('only what is wrong with the body is given up', () => {
  for (const status of [400, 415, 422]) expect(answer(status)).toMatchObject({ kind: 'refused' });
  expect(answer(413)).toBe(TOO_LARGE);
  for (const status of [401, 403, 404, 405, 421]) expect(answer(status)).toMatchObject({ kind: 'retry', slowly: true });
  for (const status of [408, 429, 500, 502, 503])
    expect(answer(status)).toMatchObject({ kind: 'retry', slowly: false });
});

test('another server, which answers with 200, has stored nothing that counts', () => {
  expect(answer(200, '<html>')).toMatchObject({ kind: 'retry', slowly: true, notStored: false });
});

test('a batch is surely not stored if the server says so, or never got it', () => {
  expect(answer(503, '{"accepted":0,"error":{}}')).toMatchObject({ notStored: true });
  expect(answer(503, '{"accepted":5000,"error":{}}')).toMatchObject({ notStored: false });
  expect(answer(502, 'Bad Gateway')).toMatchObject({ notStored: false });
  expect(judgeFailure(Object.assign(new Error(), { syscall: 'connect' }))).toMatchObject({ notStored: true });
  expect(judgeFailure(new Error('socket hang up'))).toMatchObject({ notStored: false });
});

test('Retry-After may be seconds or a date, and is bounded', () => {
  expect(retryAfterMs('2')).toBe(2_000);
  expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4_000)).toBe(6_000);
  expect(retryAfterMs('99999999')).toBe(300_000);
  expect(retryAfterMs('soon')).toBe(0);
  expect(retryAfterMs(undefined)).toBe(0);
});

test('delays double up to the longest, and half of each is random', () => {
  expect([0, 1, 2, 20].map((failures) => backoffMs(failures, 100, 1_000, 1))).toEqual([100, 200, 400, 1_000]);
  expect(backoffMs(0, 100, 1_000, 0)).toBe(50);
});
