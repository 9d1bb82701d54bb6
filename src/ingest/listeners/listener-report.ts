import type { Protocol } from '../../metrics/meters.ts';

/** The state of one protocol's ports. */
export interface ListenerReport {
  protocol: Protocol;
  connections: number;
  /** Why its messages are refused. */
  problem: string | null;
  /** It needs no key, though HTTP asks for keys. */
  isOpen: boolean;
  /** Messages that came faster than they were stored: how many since the start, and when the last one, in ms since 1970. */
  tooFast: { messages: number; lastAt: number | null };
}
