import { describe, expect, test } from 'vitest';
import { createAddressGuard, isSmallNetwork } from '../../../src/watch/delivery/address-guard.ts';
import { isPublicAddress } from '../../../src/watch/delivery/public-addresses.ts';

/** The first and the last address of each range that is refused, and their neighbours outside of it where these are public. */
const IPV4: [range: string, inside: string[], outside: string[]][] = [
  ['0/8', ['0.0.0.0', '0.255.255.255'], ['1.0.0.0']],
  ['10/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
  ['100.64/10', ['100.64.0.0', '100.127.255.255'], ['100.63.255.255', '100.128.0.0']],
  ['127/8', ['127.0.0.0', '127.0.0.1', '127.255.255.255'], ['126.255.255.255', '128.0.0.0']],
  ['169.254/16', ['169.254.0.0', '169.254.169.254', '169.254.255.255'], ['169.253.255.255', '169.255.0.0']],
  ['172.16/12', ['172.16.0.0', '172.31.255.255'], ['172.15.255.255', '172.32.0.0']],
  ['192.0.0/24', ['192.0.0.0', '192.0.0.255'], ['191.255.255.255', '192.0.1.0']],
  ['192.0.2/24', ['192.0.2.0', '192.0.2.255'], ['192.0.1.255', '192.0.3.0']],
  ['192.88.99/24', ['192.88.99.0', '192.88.99.255'], ['192.88.98.255', '192.88.100.0']],
  ['192.168/16', ['192.168.0.0', '192.168.255.255'], ['192.167.255.255', '192.169.0.0']],
  ['198.18/15', ['198.18.0.0', '198.19.255.255'], ['198.17.255.255', '198.20.0.0']],
  ['198.51.100/24', ['198.51.100.0', '198.51.100.255'], ['198.51.99.255', '198.51.101.0']],
  ['203.0.113/24', ['203.0.113.0', '203.0.113.255'], ['203.0.112.255', '203.0.114.0']],
  ['multicast', ['224.0.0.0', '239.255.255.255'], ['223.255.255.255']],
  ['reserved and broadcast', ['240.0.0.0', '255.255.255.254', '255.255.255.255'], []],
];

const hex = (address: string): string => {
  const [a, b, c, d] = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return `${a}${b}:${c}${d}`;
};

describe.each(IPV4)('%s', (_, inside, outside) => {
  test.each<[string, (address: string) => string]>([
    ['as it is', (address) => address],
    ['mapped', (address) => `::ffff:${address}`],
    ['mapped, in hexadecimal', (address) => `::ffff:${hex(address)}`],
    ['by NAT64', (address) => `64:ff9b::${address}`],
    ['by NAT64, in hexadecimal', (address) => `64:ff9b::${hex(address)}`],
    ['by 6to4', (address) => `2002:${hex(address)}::1`],
  ])('%s: refused, and its public neighbours are not', (_name, written) => {
    expect(inside.map(written).filter(isPublicAddress)).toEqual([]);
    expect(outside.map(written).filter((address) => !isPublicAddress(address))).toEqual([]);
  });
});

test.each([
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['IPv4-compatible', '::8.8.8.8'],
  ['local NAT64', '64:ff9b:1::8.8.8.8'],
  ['discard', '100::1'],
  ['Teredo', '2001::1'],
  ['benchmark', '2001:2::1'],
  ['ORCHID', '2001:20::1'],
  ['documentation', '2001:db8::1'],
  ['documentation, the longer one', '3fff:fff::1'],
  ['segment routing', '5f00::1'],
  ['unique local', 'fc00::1'],
  ['unique local, the last one', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['link-local', 'fe80::1'],
  ['link-local, with a zone', 'fe80::1%lo'],
  ['link-local, the last one', 'febf::1'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff02::1'],
  ['what is no address', 'localhost'],
])('IPv6, %s: %s is refused', (_, address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test('public IPv6 addresses are taken', () => {
  const all = ['2000::1', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '3ffe::1', '64:ff9b::8.8.8.8'];
  expect(all.filter((address) => !isPublicAddress(address))).toEqual([]);
});

const resolved = (...addresses: string[]) =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const guardOf = (allowed: string[], ...addresses: string[]) =>
  createAddressGuard(allowed, async () => resolved(...addresses));
const REFUSED = /is not public, and ALERT_ALLOW_PRIVATE does not name it/;

describe('the addresses of a name', () => {
  test('are given as they were resolved', async () => {
    expect(await guardOf([], '8.8.8.8', '2606:4700::1').addressesOf('a.example')).toEqual(
      resolved('8.8.8.8', '2606:4700::1'),
    );
  });

  test('are refused if one of them is not public', async () => {
    await expect(guardOf([], '8.8.8.8', '10.0.0.1').addressesOf('a.example')).rejects.toThrow(REFUSED);
    await expect(guardOf([], '8.8.8.8', '::ffff:10.0.0.1').addressesOf('a.example')).rejects.toThrow(REFUSED);
  });

  test('are allowed by the IPv4 network alone if they are mapped, however they are written', async () => {
    for (const host of ['[::ffff:127.0.0.1]', new URL('http://[::ffff:127.0.0.1]/').hostname]) {
      await expect(guardOf(['::/8']).addressesOf(host)).rejects.toThrow(REFUSED);
      await expect(guardOf(['127.0.0.0/8']).addressesOf(host)).resolves.toHaveLength(1);
    }
  });

  test('are refused if there are none', async () => {
    await expect(guardOf([]).addressesOf('a.example')).rejects.toThrow('the name of the target has no address');
  });

  test('may be private if the host, or each of their networks, is allowed', async () => {
    expect(await guardOf(['chat.internal'], '10.0.0.1').addressesOf('chat.internal')).toEqual(resolved('10.0.0.1'));
    await expect(guardOf(['chat.internal'], '10.0.0.1').addressesOf('x.chat.internal')).rejects.toThrow(REFUSED);
    expect(await guardOf(['10.1.0.0/16', '::1'], '10.1.2.3', '::1').addressesOf('a')).toEqual(
      resolved('10.1.2.3', '::1'),
    );
    await expect(guardOf(['10.1.0.0/16'], '10.1.2.3', '10.2.2.3').addressesOf('a')).rejects.toThrow(REFUSED);
    expect(await guardOf(['10.1.0.0/16'], '::ffff:10.1.2.3').addressesOf('a')).toEqual(resolved('::ffff:10.1.2.3'));
  });
});

test('a host that is an address is not resolved', async () => {
  const guard = createAddressGuard(['127.0.0.1', '[::1]'], () => Promise.reject(new Error('resolved')));
  expect(await guard.addressesOf('127.0.0.1')).toEqual(resolved('127.0.0.1'));
  expect(await guard.addressesOf('[::1]')).toEqual(resolved('::1'));
  expect(await guard.addressesOf('[2606:4700::1]')).toEqual(resolved('2606:4700::1'));
  for (const host of ['127.0.0.2', '[::]', '[::ffff:7f00:2]', '169.254.169.254']) {
    await expect(guard.addressesOf(host)).rejects.toThrow(REFUSED);
  }
});

test('an IPv6 network allows no IPv4 address', async () => {
  await expect(guardOf(['::ffff:0:0/96'], '10.0.0.1', '::ffff:10.0.0.1').addressesOf('a')).rejects.toThrow(REFUSED);
});

test('a network that is larger than the private ones is no small one', () => {
  expect(['10.0.0.0/8', '10.0.0.1', 'fc00::/7', '::1', '172.16.0.0/12'].filter((one) => !isSmallNetwork(one))).toEqual(
    [],
  );
  expect(['0.0.0.0/0', '128.0.0.0/1', '10.0.0.0/7', '::/0', '2000::/3'].filter(isSmallNetwork)).toEqual([]);
  const mapped = ['::ffff:0:0/96', '::ffff:10.0.0.0/104', '::ffff:7f00:1', '0:0:0:0:0:ffff:a00:0/104'];
  expect(mapped.filter(isSmallNetwork)).toEqual([]);
});
