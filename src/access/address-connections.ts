import { clientNetwork, plainAddress } from './client-address.ts';

/** Limits the connections that each address has open. */
export interface AddressConnections {
  /** Counts a new connection, until the result is called. Undefined: the address has as many as it may have. */
  open(address: string): (() => void) | undefined;
}

/** `isFree`: whether an address has no limit, because it speaks for many clients. */
export function createAddressConnections(max: number, isFree: (address: string) => boolean): AddressConnections {
  const open = new Map<string, number>();
  return {
    open(raw) {
      const address = plainAddress(raw);
      if (isFree(address)) return () => {};
      const client = clientNetwork(address);
      const count = (open.get(client) ?? 0) + 1;
      if (count > max) return undefined;
      open.set(client, count);
      return () => {
        const left = open.get(client)! - 1;
        if (left === 0) open.delete(client);
        else open.set(client, left);
      };
    },
  };
}
