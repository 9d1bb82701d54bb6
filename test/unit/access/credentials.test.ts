import fc from 'fast-check';
import { expect, test } from 'vitest';
import { presentedKey, presentedKeyOfInit } from '../../../src/access/credentials.ts';

const KEY = 'weir_abc';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const read = (headers: Record<string, string>) => presentedKey((name) => headers[name] ?? null);

test.each([
  ['Bearer', { authorization: `Bearer ${KEY}` }],
  ['Bearer in lower case', { authorization: `bearer   ${KEY} ` }],
  ['x-api-key', { 'x-api-key': KEY }],
  ['Splunk', { authorization: `Splunk ${KEY}` }],
  ['DD-API-KEY', { 'dd-api-key': KEY }],
  ['Basic', { authorization: `Basic ${base64(`anybody:${KEY}`)}` }],
  ['Basic without a user', { authorization: `Basic ${base64(`:${KEY}`)}` }],
  ['ApiKey', { authorization: `ApiKey ${KEY}` }],
  ["ApiKey as Elasticsearch's clients write it", { authorization: `ApiKey ${base64(`id:${KEY}`)}` }],
  ['x-api-key beside credentials of a proxy', { authorization: 'Bearer of-a-proxy', 'x-api-key': KEY }],
])('a key is read from %s', (_, headers) => {
  expect(read(headers)).toBe(KEY);
});

test.each([
  ['nothing', {}],
  ['other credentials', { authorization: 'Bearer eyJhbGciOi' }],
  ['Basic of a browser with an Origin', { authorization: `Basic ${base64(`a:${KEY}`)}`, origin: 'http://a' }],
  ['Basic of a browser', { authorization: `Basic ${base64(`a:${KEY}`)}`, 'sec-fetch-site': 'same-origin' }],
  ['the user of Basic', { authorization: `Basic ${base64(`${KEY}:a`)}` }],
  ['a cookie', { cookie: `key=${KEY}` }],
])('no key is read from %s', (_, headers) => {
  expect(read(headers)).toBeUndefined();
});

test('connection_init has it with and without Bearer, and nothing that it has is an error', () => {
  expect(presentedKeyOfInit({ authorization: `Bearer ${KEY}` })).toBe(KEY);
  expect(presentedKeyOfInit({ authorization: KEY })).toBe(KEY);
  expect(presentedKeyOfInit({ Authorization: `Bearer ${KEY}` })).toBe(KEY);
  fc.assert(fc.property(fc.anything(), (value) => void presentedKeyOfInit({ authorization: value })));
  expect(presentedKeyOfInit(undefined)).toBeUndefined();
});

test('no header value is an error', () => {
  fc.assert(
    fc.property(fc.constantFrom('Bearer ', 'Basic ', 'ApiKey ', ''), fc.string(), (scheme, text) => {
      read({ authorization: scheme + text, 'x-api-key': text });
    }),
  );
});
