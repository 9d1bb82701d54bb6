import { isIPv4 } from 'node:net';
import { createNetworkCheck, type Networks } from '../../access/client-address.ts';

/**
 * IPv4 networks that are not on the public internet.
 * Source: IANA IPv4 Special-Purpose Address Registry; RFC 5771 for multicast.
 */
const IPV4_SPECIAL: readonly (readonly [address: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  // With the broadcast address.
  ['240.0.0.0', 4],
];

/** IPv6 networks with public addresses: global unicast, and IPv4 as mapped (RFC 4291) and by NAT64 (RFC 6052). */
const IPV6_PUBLIC: Networks = ['2000::/3', '::ffff:0:0/96', '64:ff9b::/96'];

/** Parts of them that are not public. 2001::/23 has Teredo in it, which carries IPv4 addresses too. Source: IANA, as above. */
const IPV6_SPECIAL: Networks = ['2001::/23', '2001:db8::/32', '3fff::/20'];

const hex = (address: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
};

/** An IPv4 network, and the IPv6 networks whose addresses carry its addresses: mapped, NAT64 and 6to4 (RFC 3056). */
const alsoWithin = ([address, bits]: readonly [string, number]): Networks => [
  `${address}/${bits}`,
  `::ffff:${hex(address)}/${96 + bits}`,
  `64:ff9b::${hex(address)}/${96 + bits}`,
  `2002:${hex(address)}::/${16 + bits}`,
];

const isSpecial = createNetworkCheck([...IPV4_SPECIAL.flatMap(alsoWithin), ...IPV6_SPECIAL]);
const isInPublic = createNetworkCheck(IPV6_PUBLIC);

/** Whether an address is one of the public internet: global unicast, also within an IPv6 address. */
export const isPublicAddress = (address: string): boolean =>
  !isSpecial(address) && (isIPv4(address) || isInPublic(address));
