import { describe, expect, test } from 'vitest';
import {
  clientNetwork,
  createClientAddress,
  createNetworkCheck,
  isNetwork,
} from '../../../src/access/client-address.ts';

const PROXY = '10.0.0.1';
const client = createClientAddress(['10.0.0.0/8', '::1', 'fd00::/8']);

function clientOf(remote: string | undefined, headers: Record<string, string> = {}): string | undefined {
  return client(remote, (name) => headers[name] ?? null);
}

describe('the address of a client', () => {
  test.each([
    ['a connection from elsewhere, whatever it says', '203.0.113.7', { 'x-forwarded-for': '1.2.3.4' }, '203.0.113.7'],
    ['a proxy that says nothing', PROXY, {}, PROXY],
    ['the last hop, which the proxy wrote', PROXY, { 'x-forwarded-for': '1.1.1.1, 203.0.113.7' }, '203.0.113.7'],
    [
      'the hop before another trusted proxy',
      PROXY,
      { 'x-forwarded-for': '1.1.1.1, 203.0.113.7, 10.9.9.9' },
      '203.0.113.7',
    ],
    ['the first of trusted ones alone', PROXY, { 'x-forwarded-for': '10.1.1.1, 10.2.2.2' }, '10.1.1.1'],
    ['the proxy, where the last hop is no address', PROXY, { 'x-forwarded-for': '1.1.1.1, unknown' }, PROXY],
    ['an address with a port', PROXY, { 'x-forwarded-for': '203.0.113.7:4711' }, '203.0.113.7'],
    ['an IPv6 address', PROXY, { 'x-forwarded-for': '2001:db8::7' }, '2001:db8::7'],
    ['an IPv6 address with a port', '::1', { 'x-forwarded-for': '[2001:db8::7]:4711' }, '2001:db8::7'],
    ['a proxy on IPv4 within IPv6', '::ffff:10.0.0.1', { 'x-forwarded-for': '203.0.113.7' }, '203.0.113.7'],
    ['Forwarded', PROXY, { forwarded: 'for=1.1.1.1, for=203.0.113.7;proto=https' }, '203.0.113.7'],
    ['Forwarded with quotes', PROXY, { forwarded: 'proto=http;For="[2001:db8::7]:4711"' }, '2001:db8::7'],
    ['Forwarded with a hidden name', PROXY, { forwarded: 'for=_secret' }, PROXY],
    [
      'both headers that agree',
      PROXY,
      { forwarded: 'for=203.0.113.7', 'x-forwarded-for': '203.0.113.7' },
      '203.0.113.7',
    ],
    [
      'the proxy, where one header is forged',
      PROXY,
      { forwarded: 'for=6.6.6.6', 'x-forwarded-for': '203.0.113.7' },
      PROXY,
    ],
    ['an empty header', PROXY, { 'x-forwarded-for': '' }, PROXY],
  ])('%s', (_, remote, headers, expected) => {
    expect(clientOf(remote, headers)).toBe(expected);
  });

  test('of a connection that is gone is not known', () => {
    expect(clientOf(undefined, { 'x-forwarded-for': '1.2.3.4' })).toBeUndefined();
  });

  test('without trusted proxies is that of the connection', () => {
    expect(createClientAddress([])('127.0.0.1', () => '1.2.3.4')).toBe('127.0.0.1');
  });
});

test('networks are addresses with or without the length of a prefix', () => {
  for (const good of ['10.0.0.0/8', '10.0.0.1', '::1', '2001:db8::/32'])
    expect([good, isNetwork(good)]).toEqual([good, true]);
  for (const bad of ['10.0.0.0/33', '::/129', 'proxy', '10.0.0', '', '10.0.0.0/', '10.0.0.0/8/8'])
    expect([bad, isNetwork(bad)]).toEqual([bad, false]);
  const isInside = createNetworkCheck(['10.0.0.0/8', '::1']);
  expect(['10.255.0.1', '11.0.0.1', '::1', '::2', 'x'].map(isInside)).toEqual([true, false, true, false, false]);
});

test('an IPv6 client is its network of 64 bits', () => {
  expect(clientNetwork('203.0.113.7')).toBe('203.0.113.7');
  for (const [address, network] of [
    ['2001:db8:0:1::7', '2001:db8:0:1::/64'],
    ['2001:0db8:0000:0001:ffff:1:2:3', '2001:db8:0:1::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])
    expect(clientNetwork(address!)).toBe(network);
});
