import { clientNetwork } from '../access/client-address.ts';
import type { Header } from '../access/credentials.ts';
import type { Config } from '../config.ts';
import { RateLimited } from '../errors.ts';
import { createRateLimits } from '../timing/rate-limits.ts';
import { isLoopback } from './host.ts';

/** A client may send this many seconds' requests and bytes at once. */
const BURST_SECONDS = 10;
/** Addresses that are remembered. Each takes about 300 bytes. */
const ADDRESSES_MAX = 20_000;

/** What each address may send without a key. Programs on this machine have no limit. */
export interface AddressLimits {
  /**
   * Counts a request. `header`: a proxy on this machine may not tell whose request it forwards, and is then limited itself.
   * @throws RateLimited
   */
  check(request: object, address: string | undefined, header: Header): void;
  /** Counts the bytes of a request that was checked, when they are known. */
  received(request: object, bytes: number): void;
}

export function createAddressLimits({ requestsPerSecond, bytesPerSecond }: Config['addresses']): AddressLimits {
  const requests = createRateLimits(BURST_SECONDS, ADDRESSES_MAX);
  const bytes = createRateLimits(BURST_SECONDS, ADDRESSES_MAX);
  const checked = new WeakMap<object, string>();

  return {
    check(request, address, header) {
      if (address === undefined || (isLoopback(address) && !isForwarded(header))) return;
      const client = clientNetwork(address);
      const waitMs = Math.max(requests.waitMs(client, requestsPerSecond), bytes.waitMs(client, bytesPerSecond));
      if (waitMs > 0) {
        throw new RateLimited(
          `expected at most ${requestsPerSecond} requests and ${bytesPerSecond} bytes a second from an address without a key, got more: send again later, or use a key`,
          waitMs / 1000,
        );
      }
      requests.take(client, requestsPerSecond, 1);
      checked.set(request, client);
    },
    received(request, count) {
      const client = checked.get(request);
      if (client !== undefined) bytes.take(client, bytesPerSecond, count);
    },
  };
}

const isForwarded = (header: Header): boolean => header('x-forwarded-for') !== null || header('forwarded') !== null;
