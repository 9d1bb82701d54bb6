import type { Caller } from '../../access/caller.ts';
import { clientNetwork } from '../../access/client-address.ts';
import { Overloaded } from '../../errors.ts';

const RETRY_SECONDS = 10;

/** The places of exports that run at the same time. One reader has at most half of them, so that one alone does not keep out all others. */
export interface ExportPlaces {
  readonly taken: number;
  /** @returns leaves the place; a second call does nothing. @throws Overloaded */
  take(caller: Caller): () => void;
}

export function createExportPlaces(max: number): ExportPlaces {
  const readers = new Map<symbol, string>();
  const maxPerReader = Math.ceil(max / 2);
  return {
    get taken() {
      return readers.size;
    },
    take(caller) {
      const reader = readerOf(caller);
      const own = Array.from(readers.values()).filter((one) => one === reader).length;
      if (readers.size >= max) throw tooMany(`${max} exports at the same time on this server (EXPORTS_MAX)`);
      if (own >= maxPerReader) {
        throw tooMany(
          `${maxPerReader} exports at the same time of an API key, or of an address without one (half of EXPORTS_MAX)`,
        );
      }
      const place = Symbol();
      readers.set(place, reader);
      return () => void readers.delete(place);
    },
  };
}

/** An API key together with its sessions, or an address without a key. */
const readerOf = ({ apiKey, client }: Caller): string => apiKey?.id ?? clientNetwork(client);

const tooMany = (limit: string): Overloaded => new Overloaded(`expected at most ${limit}: retry later`, RETRY_SECONDS);
