import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { hostOf, isHostAllowed } from '../../../src/http/host.ts';

const loopback = { allowed: ['logs.example.com'], listensOn: '127.0.0.1' };
const open = { allowed: [], listensOn: '0.0.0.0' };

test.each([
  ['127.0.0.1:4000', '127.0.0.1'],
  ['LOCALHOST', 'localhost'],
  ['localhost.:4000', 'localhost'],
  ['[::1]:4000', '[::1]'],
  ['[0:0:0:0:0:0:0:1]', '[::1]'],
  ['127.1', '127.0.0.1'],
  ['a b', undefined],
  ['[::', undefined],
  ['::1', undefined],
  ['user@host', undefined],
  ['host/path', undefined],
  ['host:port', undefined],
  ['host:99999', undefined],
])('the host of %j is %j', (header, host) => expect(hostOf(header)).toBe(host));

test.each([
  ['127.0.0.1', true, true],
  ['127.9.8.7', true, true],
  ['[::1]', true, true],
  ['localhost', true, true],
  ['weir.localhost', true, true],
  ['logs.example.com', true, false],
  ['evil.example', false, false],
  ['localhost.evil.example', false, false],
  ['127.0.0.1.evil.example', false, false],
  ['192.168.1.10', false, true],
  ['[fe80::1]', false, true],
  ['weir', false, true],
  ['weir.local', false, true],
  ['weir.internal', false, true],
  ['evillocal.example', false, false],
])('%s: on loopback %j, else %j', (host, onLoopback, elsewhere) => {
  expect(isHostAllowed(host, loopback)).toBe(onLoopback);
  expect(isHostAllowed(host, open)).toBe(elsewhere);
});

test("this machine's name, the name in HOST, and every name where all are allowed", () => {
  expect(isHostAllowed(hostname().toLowerCase(), open)).toBe(true);
  expect(isHostAllowed('logs.example.com', { allowed: [], listensOn: 'logs.example.com' })).toBe(true);
  expect(isHostAllowed('any.example', { allowed: ['*'], listensOn: '127.0.0.1' })).toBe(true);
});
