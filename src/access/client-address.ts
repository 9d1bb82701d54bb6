import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** Addresses and networks: `10.0.0.0/8`, `::1`. */
export type Networks = readonly string[];

const NETWORK = /^(.+?)(?:\/(\d{1,3}))?$/;

export function isNetwork(text: string): boolean {
  const [, address = '', bits] = NETWORK.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && (bits === undefined || Number(bits) <= (family === 4 ? 32 : 128));
}

type Header = (name: string) => string | null;

/** The address of the client that sent a request, through the proxies that are trusted. `remote`: of the connection. */
export type ClientAddress = (remote: string | undefined, header: Header) => string | undefined;

/**
 * A proxy adds the address that it sees to `X-Forwarded-For` or `Forwarded`. Anyone can write these headers, so they are read
 * from the right, and only as far as trusted proxies wrote them: the client is the first address that is none of theirs. The
 * headers of a connection from elsewhere mean nothing.
 */
export function createClientAddress(trusted: Networks): ClientAddress {
  const isTrusted = createNetworkCheck(trusted);

  function throughProxies(remote: string, hops: readonly (string | undefined)[]): string {
    let client = remote;
    for (const hop of hops.toReversed()) {
      if (hop === undefined || !isTrusted(client)) break;
      client = hop;
    }
    return client;
  }

  return (remote, header) => {
    if (remote === undefined) return undefined;
    const address = plainAddress(remote);
    if (!isTrusted(address)) return address;
    const clients = [hopsOfList(header('x-forwarded-for')), hopsOfForwarded(header('forwarded'))]
      .filter((hops) => hops.length > 0)
      .map((hops) => throughProxies(address, hops));
    // A proxy writes one of the headers and may pass the other one on, as the client wrote it.
    return new Set(clients).size === 1 ? clients[0] : address;
  };
}

export function createNetworkCheck(networks: Networks): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = '', bits] = NETWORK.exec(network)!;
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** An IPv4 address that is written as an IPv6 one: `::ffff:127.0.0.1`, or `::ffff:7f00:1`, as a URL has it. */
export function plainAddress(address: string): string {
  const [, dotted, high, low] = MAPPED.exec(address) ?? [];
  if (dotted !== undefined) return dotted;
  if (high === undefined || low === undefined) return address;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

const MAPPED = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i;

/** Undefined for what is no address: `unknown`, or a name that hides it. */
function addressOf(text: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d+)?|([^:]*)(?::\d+)?)$/.exec(text) ?? [];
  const address = plainAddress(bracketed ?? plain ?? text);
  return isIP(address) ? address : undefined;
}

const hopsOfList = (header: string | null): (string | undefined)[] =>
  header === null ? [] : header.split(',').map((item) => addressOf(item.trim()));

/** RFC 7239: `for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"`. */
const hopsOfForwarded = (header: string | null): (string | undefined)[] =>
  header === null
    ? []
    : header.split(',').map((item) => addressOf(/(?:^|;)\s*for="?([^";,\s]*)/i.exec(item)?.[1] ?? ''));

/** What limits count as one client: an IPv4 address, or the 64 bits of an IPv6 network, of which one client has all addresses. */
export function clientNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const [before = '', after = ''] = address.split('%')[0]!.split('::');
  const groups = before === '' ? [] : before.split(':');
  const rest = after === '' ? [] : after.split(':');
  const zeros = address.includes('::') ? Math.max(0, 8 - groups.length - rest.length) : 0;
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...rest];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
