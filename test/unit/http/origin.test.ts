import { expect, test } from 'vitest';
import { isOriginAllowed, originOf } from '../../../src/http/origin.ts';

const loopback = { allowed: ['https://logs.example.com'], loopbackOnly: true };
const open = { allowed: [], loopbackOnly: false };

test.each([
  ['a program', null, '127.0.0.1:4000', loopback, true],
  ["the server's own page", 'http://127.0.0.1:4000', '127.0.0.1:4000', loopback, true],
  ['its page by another name of the loopback', 'http://localhost:4000', 'localhost:4000', loopback, true],
  ['its page over IPv6', 'http://[::1]:4000', '[::1]:4000', loopback, true],
  ['a page that is allowed by name', 'https://logs.example.com', '127.0.0.1:4000', loopback, true],
  ['any other page', 'https://evil.example', '127.0.0.1:4000', loopback, false],
  ['a page whose name was pointed at the loopback', 'http://evil.example:4000', 'evil.example:4000', loopback, false],
  ['a page on another port', 'http://127.0.0.1:8080', '127.0.0.1:4000', loopback, false],
  ['an opaque page', 'null', '127.0.0.1:4000', loopback, false],
  ['the page of a server that listens to all', 'http://logs.internal:4000', 'logs.internal:4000', open, true],
  ['any page where all are allowed', 'https://evil.example', 'logs:4000', { allowed: ['*'], loopbackOnly: true }, true],
] as const)('%s', (_, origin, host, origins, allowed) => {
  expect(isOriginAllowed(origin, host, origins)).toBe(allowed);
});

test('a page that asks by GET, without an Origin, is known by what its browser says', () => {
  expect(originOf(new Headers({ 'sec-fetch-site': 'same-origin', host: 'evil.example:4000' }))).toBe(
    'http://evil.example:4000',
  );
  expect(originOf(new Headers({ 'sec-fetch-site': 'none', host: '127.0.0.1:4000' }))).toBeNull();
});
