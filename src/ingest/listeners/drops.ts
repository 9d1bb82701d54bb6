import type { Counter } from '../../metrics/registry.ts';

/**
 * Why a message was not stored.
 * - `full`: a datagram came while as many waited as may.
 * - `kernel`: datagrams that the operating system dropped, because this process did not read them in time.
 * - `refused`: the listener's key does not hold.
 * - `address`: its address is not in the list of those that may send.
 * - `memory`: the unfinished messages of all connections took too much.
 * - `unfinished`: its connection ended, or stalled, in the middle of it.
 * - `closing`: the server closed, and it could not be stored in time.
 * - `failed`: a fault of this server, see its log.
 */
export const DROP_REASONS = [
  'full',
  'kernel',
  'refused',
  'address',
  'memory',
  'unfinished',
  'closing',
  'failed',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];
export type CountDrop = (reason: DropReason, messages?: number) => void;

/** Drops that mean that this server was too slow. Health tells of them. */
const TOO_SLOW: ReadonlySet<DropReason> = new Set(['full', 'kernel', 'memory', 'failed']);

/** The messages that a listener has dropped. */
export interface Drops {
  count: CountDrop;
  /** Those that came too fast: how many since the start, and when the last one. */
  tooFast(): { messages: number; lastAt: number | null };
}

/** `counterOf`: all series are there from the start, so that an alert sees the first drop. */
export function createDrops(counterOf: (reason: DropReason) => Counter): Drops {
  const counters = new Map(DROP_REASONS.map((reason) => [reason, counterOf(reason)]));
  let messages = 0;
  let lastAt: number | null = null;
  return {
    count(reason, dropped = 1) {
      if (dropped === 0) return;
      counters.get(reason)!.value += dropped;
      if (!TOO_SLOW.has(reason)) return;
      messages += dropped;
      lastAt = Date.now();
    },
    tooFast: () => ({ messages, lastAt }),
  };
}
