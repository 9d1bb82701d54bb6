import { BlockList, isIP } from 'node:net';

/** The address of the client. `remote` is that of the connection, `forwarded` the header `x-forwarded-for`. */
export type ClientIp = (remote: string | undefined, forwarded: () => string | undefined) => string | undefined;

const NETWORK = /^([^/]+)(?:\/(\d{1,3}))?$/;
/** A longer header is not read: the address of the connection is taken. */
const FORWARDED_CHARS_MAX = 2_000;

/**
 * Anyone can write `x-forwarded-for`, and each proxy adds the address that it sees at its right end. So it is read from the
 * right, only as far as trusted proxies wrote it, and not at all for other connections.
 * @throws TypeError `trusted` has something that is no address and no network.
 */
export function createClientIp(trusted: readonly string[]): ClientIp {
  if (trusted.length === 0) return (remote) => (remote === undefined ? undefined : plain(remote));
  const isTrusted = createNetworkCheck(trusted);
  return (remote, forwarded) => {
    if (remote === undefined) return undefined;
    let client = plain(remote);
    if (!isTrusted(client)) return client;
    const header = forwarded();
    if (header === undefined || header.length > FORWARDED_CHARS_MAX) return client;
    for (const hop of header.split(',').reverse()) {
      const address = addressOf(hop.trim());
      if (address === undefined) break;
      client = address;
      if (!isTrusted(client)) break;
    }
    return client;
  };
}

function createNetworkCheck(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = '', bits] = NETWORK.exec(network) ?? [];
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    if (family === 0 || Number(bits ?? 0) > most) {
      throw new TypeError(
        `trustedProxies: expected an address or a network such as 10.0.0.0/8, got ${JSON.stringify(network)}. Correct the setting.`,
      );
    }
    list.addSubnet(address, Number(bits ?? most), family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

/** An IPv4 address that is written as an IPv6 one, as sockets of both families give it. */
const plain = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address);

/** `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]:80`. */
function addressOf(text: string): string | undefined {
  const [, bracketed, v4] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+)(?::\d+)?)$/.exec(text) ?? [];
  const address = plain(bracketed ?? v4 ?? text);
  return isIP(address) === 0 ? undefined : address;
}
