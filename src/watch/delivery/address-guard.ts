import { lookup } from 'node:dns/promises';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { createNetworkCheck, isNetwork, plainAddress } from '../../access/client-address.ts';
import { AttemptFailed } from './failure.ts';
import { isPublicAddress } from './public-addresses.ts';

/** An address to connect to, as `lookup` of `node:net` gives it. */
export interface ResolvedAddress {
  address: string;
  family: number;
}

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<ResolvedAddress[]>;

/** Decides which addresses a notification may be sent to. */
export interface AddressGuard {
  /**
   * All addresses of a host, resolved now and checked. Connect to these and resolve nothing again: another answer could be a
   * private address.
   * @param host as `URL.hostname` has it
   * @throws AttemptFailed an address is not public, and ALERT_ALLOW_PRIVATE names neither it nor the host
   */
  addressesOf(host: string): Promise<ResolvedAddress[]>;
}

const resolveAll: Resolve = (name) => lookup(name, { all: true });

/** `allowed`: ALERT_ALLOW_PRIVATE, the names of hosts, addresses and networks. */
export function createAddressGuard(allowed: readonly string[], resolve: Resolve = resolveAll): AddressGuard {
  const names = new Set(allowed.filter((item) => !isNetwork(item)));
  const networks = allowed.filter(isNetwork);
  // Apart: an IPv6 network such as ::ffff:0:0/96 would else allow every IPv4 address.
  const isAllowedIPv4 = createNetworkCheck(networks.filter((network) => !network.includes(':')));
  const isAllowedIPv6 = createNetworkCheck(networks.filter((network) => network.includes(':')));

  function isAllowed(address: string): boolean {
    const plain = plainAddress(address);
    return isPublicAddress(plain) || (isIPv4(plain) ? isAllowedIPv4(plain) : isAllowedIPv6(plain));
  }

  return {
    async addressesOf(host) {
      const name = host.replace(/^\[|\]$/g, '');
      const family = isIP(name);
      const addresses = family === 0 ? await resolve(name) : [{ address: name, family }];
      if (addresses.length === 0) throw new AttemptFailed('the name of the target has no address');
      if (names.has(host) || names.has(name) || addresses.every(({ address }) => isAllowed(address))) return addresses;
      throw new AttemptFailed('the address of the target is not public, and ALERT_ALLOW_PRIVATE does not name it');
    },
  };
}

/** The largest networks that ALERT_ALLOW_PRIVATE takes: as large as the private ones. So it cannot allow everything. */
const BITS_MIN = { ipv4: 8, ipv6: 7 };

/** A network of mapped IPv4 addresses is refused: write it as an IPv4 one. */
export function isSmallNetwork(network: string): boolean {
  const [address = '', bits] = network.split('/');
  if (isMapped(address)) return false;
  return bits === undefined || Number(bits) >= (isIPv6(address) ? BITS_MIN.ipv6 : BITS_MIN.ipv4);
}

/** However it is written: `::ffff:0:0`, `0:0:0:0:0:ffff:7f00:1`. */
const isMapped = (address: string): boolean => isIPv6(address) && isInMapped(address);
const isInMapped = createNetworkCheck(['::ffff:0:0/96']);
