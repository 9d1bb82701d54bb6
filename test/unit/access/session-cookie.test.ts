import { expect, test } from 'vitest';
import { createSessionCookie, makeSessionToken } from '../../../src/access/session-cookie.ts';

const ID = '0f9e8d7c-0000-4000-8000-000000000000';
const NAME = 'weir_session_0f9e8d7c';
const [A, B] = [makeSessionToken(), makeSessionToken()];
const cookie = createSessionCookie(ID, false);

test('a browser keeps the cookie from scripts, other sites and other paths, and over TLS from HTTP and other hosts', () => {
  expect(cookie.keep(A, 60, false)).toBe(`${NAME}=${A}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict`);
  expect(cookie.keep(A, 60, true)).toBe(`__Host-${NAME}=${A}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure`);
  const removed = `${NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`;
  expect(cookie.remove(false)).toEqual([removed]);
  expect(cookie.remove(true)).toEqual([`__Host-${removed}; Secure`, removed]);
});

test.each([
  ['one', `${NAME}=${A}`, [A]],
  ['one of many', `a=b; ${NAME}=${A};c=d`, [A]],
  ['that of TLS before the other', `${NAME}=${A}; __Host-${NAME}=${B}`, [B, A]],
  ['no header', null, []],
  ['a server of another database', `weir_session_11111111=${A}`, []],
  ['two of one name', `${NAME}=${A}; ${NAME}=${B}`, []],
  ['an empty one', `${NAME}=`, []],
  ['a text that is no token', `${NAME}=${A}'`, []],
  ['a longer name', `x${NAME}=${A}`, []],
  ['many parts', ';='.repeat(8000), []],
])('reads %s', (_, header, tokens) => {
  expect(cookie.read(header)).toEqual(tokens);
});

test('where browsers reach the server over TLS alone, a cookie that another host could set is not read', () => {
  const ofTls = createSessionCookie(ID, true);
  expect(ofTls.read(`${NAME}=${A}`)).toEqual([]);
  expect(ofTls.read(`__Host-${NAME}=${A}`)).toEqual([A]);
});
