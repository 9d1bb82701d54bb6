import type { Logger } from 'pino';
import { clientNetwork } from '../access/client-address.ts';

const MINUTE_MS = 60_000;
/** Wrong keys of one address in a minute. A key has 256 random bits: this saves work, and makes an attempt visible. */
const ATTEMPTS_MAX = 1000;
/** Beyond it, the address that was seen first is forgotten. */
const ADDRESSES_MAX = 10_000;

/** Counts wrong keys by address. Once a minute, counts go to the log; a key never does. */
export interface FailedAttempts {
  /** Counts an attempt. Whether the address has made too many. */
  count(address: string | undefined): boolean;
}

export function createFailedAttempts(log: Logger): FailedAttempts {
  const counts = new Map<string, number>();
  let isReportDue = false;

  const report = (): void => {
    isReportDue = false;
    const all = Array.from(counts).toSorted(([, a], [, b]) => b - a);
    const attempts = all.reduce((sum, [, count]) => sum + count, 0);
    log.warn(
      { attempts, addresses: all.length, most: all[0] },
      'requests with wrong API keys were refused in the last minute',
    );
    counts.clear();
  };

  return {
    count(address) {
      const client = address === undefined ? 'unknown' : clientNetwork(address);
      if (!isReportDue) setTimeout(report, MINUTE_MS).unref();
      isReportDue = true;
      const count = (counts.get(client) ?? 0) + 1;
      counts.set(client, count);
      if (counts.size > ADDRESSES_MAX) counts.delete(counts.keys().next().value!);
      return count > ATTEMPTS_MAX;
    },
  };
}
