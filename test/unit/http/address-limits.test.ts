import { expect, test } from 'vitest';
import { RateLimited } from '../../../src/errors.ts';
import { createAddressLimits } from '../../../src/http/address-limits.ts';

const none = () => null;
const limits = () => createAddressLimits({ requestsPerSecond: 1, bytesPerSecond: 100 });
const askTimes = (times: number, ask: () => void): void => {
  for (let i = 0; i < times; i++) ask();
};

test('an address may send ten seconds of requests at once; another one is not concerned', () => {
  const { check } = limits();
  askTimes(10, () => check({}, '203.0.113.7', none));
  expect(() => askTimes(5, () => check({}, '203.0.113.7', none))).toThrow(RateLimited);
  expect(() => check({}, '203.0.113.8', none)).not.toThrow();
});

test('bytes count when a request has ended', () => {
  const { check, received } = limits();
  const request = {};
  check(request, '203.0.113.7', none);
  received(request, 50_000);
  expect(() => check({}, '203.0.113.7', none)).toThrow(/100 bytes a second/);
});

test('bytes of a request with a key, which was not checked, do not count', () => {
  const { check, received } = limits();
  received({}, 50_000);
  expect(() => check({}, '203.0.113.7', none)).not.toThrow();
});

test('addresses of one IPv6 network are one client, and loopback has no limit', () => {
  const { check } = limits();
  const ask = (n: number) => check({}, `2001:db8::${n}`, none);
  expect(() => askTimes(15, () => ask(Math.floor(Math.random() * 9)))).toThrow(RateLimited);
  for (const loopback of ['127.0.0.1', '::1', undefined])
    expect(() => askTimes(50, () => check({}, loopback, none))).not.toThrow();
});

test('a proxy on loopback that does not tell whose request it forwards is limited itself', () => {
  const { check } = limits();
  const header = (name: string) => (name === 'forwarded' ? 'for=unknown' : null);
  expect(() => askTimes(50, () => check({}, '127.0.0.1', header))).toThrow(RateLimited);
});
