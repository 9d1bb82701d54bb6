import { expect, test } from 'vitest';
import { corsHeaders, isSenderAllowed, type Sender } from '../../../src/http/origin.ts';

const loopback = { allowed: ['https://logs.example.com'], loopbackOnly: true };
const open = { allowed: [], loopbackOnly: false };
const PROGRAM: Sender = {
  method: 'GET',
  host: '127.0.0.1:4000',
  origin: null,
  site: null,
  mode: null,
  destination: null,
};

test.each([
  ['a program', {}, loopback, true],
  ["the server's own page", { origin: 'http://127.0.0.1:4000' }, loopback, true],
  [
    'its page by another name of the loopback',
    { origin: 'http://localhost:4000', host: 'localhost:4000' },
    loopback,
    true,
  ],
  ['its page over IPv6', { origin: 'http://[::1]:4000', host: '[::1]:4000' }, loopback, true],
  ['a page that is allowed by name', { origin: 'https://logs.example.com', site: 'cross-site' }, loopback, true],
  ['any other page', { origin: 'https://evil.example' }, loopback, false],
  [
    'a page whose name was pointed at the loopback',
    { origin: 'http://evil.example:4000', host: 'evil.example:4000' },
    loopback,
    false,
  ],
  ['a page on another port', { origin: 'http://127.0.0.1:8080' }, loopback, false],
  ['a page with another scheme', { origin: 'https://127.0.0.1:4000' }, loopback, false],
  ['an opaque page', { origin: 'null' }, loopback, false],
  [
    'the page of a server that listens to all',
    { origin: 'http://logs.internal:4000', host: 'logs.internal:4000' },
    open,
    true,
  ],
  [
    'the page of a server behind a proxy with TLS, as the browser confirms',
    { origin: 'https://logs.internal', host: 'logs.internal', site: 'same-origin' },
    open,
    true,
  ],
  [
    'a page without TLS under the name of a server behind a proxy with TLS',
    { origin: 'http://logs.internal', host: 'logs.internal', site: 'cross-site' },
    open,
    false,
  ],
  ['any page where all are allowed', { origin: 'https://evil.example' }, { allowed: ['*'], loopbackOnly: true }, true],
  [
    'an image in a page of another site',
    { site: 'cross-site', mode: 'no-cors', destination: 'image' },
    loopback,
    false,
  ],
  [
    'a script in a page on another port',
    { site: 'same-site', mode: 'no-cors', destination: 'script' },
    loopback,
    false,
  ],
  [
    'an image where all are allowed, because it names no page',
    { site: 'cross-site' },
    { ...open, allowed: ['*'] },
    false,
  ],
  [
    'a link in a page of another site',
    { site: 'cross-site', mode: 'navigate', destination: 'document' },
    loopback,
    true,
  ],
  [
    'a frame in a page of another site',
    { site: 'cross-site', mode: 'navigate', destination: 'iframe' },
    loopback,
    false,
  ],
  [
    'a form in a page of another site',
    { method: 'POST', site: 'cross-site', mode: 'navigate', destination: 'document' },
    loopback,
    false,
  ],
  ['an address that a user typed', { site: 'none', mode: 'navigate', destination: 'document' }, loopback, true],
] as const)('%s', (_, said, origins, allowed) => {
  expect(isSenderAllowed({ ...PROGRAM, ...said }, origins)).toBe(allowed);
});

test('a preflight allows the headers that the page asks for, and nothing that is not a header name', () => {
  const allowed = (asked: string | null) => corsHeaders('https://a.example', asked)['access-control-allow-headers'];
  expect(allowed(null)).toMatch(/\bauthorization\b/);
  expect(allowed('x-api-key, traceparent')).toMatch(/, x-api-key, traceparent$/);
  expect(allowed('x\r\ny: z')).toBe(allowed(null));
});
