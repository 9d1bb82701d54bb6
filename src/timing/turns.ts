import { setImmediate } from 'node:timers/promises';

/** Long work pauses after this time, so that tails, queries and other senders can run. */
const TURN_MS = 10;

/** The turns of one long piece of work on the event loop. */
export interface Turns {
  /** Whether this turn has taken its time. Then call `next`. */
  isOver(): boolean;
  /** Lets other work run, and begins the next turn. */
  next(): Promise<void>;
}

export function createTurns(): Turns {
  let ends = performance.now() + TURN_MS;
  return {
    isOver: () => performance.now() > ends,
    async next() {
      await setImmediate();
      ends = performance.now() + TURN_MS;
    },
  };
}
