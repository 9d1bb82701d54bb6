import { hostname } from 'node:os';

export interface Hosts {
  /** Names that are allowed besides this server's own; `*` allows all. */
  allowed: readonly string[];
  /** The setting `HOST`. If it is a name, the server has this name. */
  listensOn: string;
}

const LOOPBACK = /^((.+\.)?localhost|127(\.\d+){3}|\[::1\]|::1)$/;
const IP_LITERAL = /^(\d+(\.\d+){3}|\[.*\])$/;
/** Names that no public DNS server resolves. */
const PRIVATE_NAME = /^[^.]+$|\.(localhost|local|internal)$/;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** The syntax of `Host`: a name or an address, and a port. */
const HOST = /^(\[[\da-f:.]+\]|[^\s/\\?#@[\]:]+)(:\d*)?$/i;

/**
 * The host of a `Host` header, without its port, in lower case, and with an IP address in its usual form.
 * Undefined if the header is malformed.
 */
export function hostOf(header: string): string | undefined {
  if (!HOST.test(header) || !URL.canParse(`http://${header}`)) return undefined;
  return new URL(`http://${header}`).hostname.replace(/\.$/, '');
}

/**
 * Whether a client may address this server by `host`. A page under an attacker's name can use this server when the attacker's
 * DNS server answers with this server's address. The browser then sends the attacker's name. So only names that no attacker
 * can point here are allowed: loopback names if the server listens on loopback, otherwise IP addresses and private names too.
 */
export function isHostAllowed(host: string, { allowed, listensOn }: Hosts): boolean {
  if (allowed.includes('*') || allowed.includes(host)) return true;
  if (isLoopback(host)) return true;
  if (isLoopback(listensOn)) return false;
  return IP_LITERAL.test(host) || PRIVATE_NAME.test(host) || host === hostname().toLowerCase() || host === listensOn;
}
