import { setMaxListeners } from 'node:events';
import { OperationStopped } from './errors.ts';
import type { StopSignal } from './signals.ts';

/** Why a run ends before its last item. */
export interface StopReason {
  status: 'failed' | 'cancelled' | 'timed_out';
  message: string;
  /** The signal of the system that asked for it. */
  signal?: StopSignal;
}

export interface Stop {
  /** Aborted once no further item may begin. */
  readonly stopping: AbortSignal;
  readonly aborting: AbortSignal;
  readonly leaving: AbortSignal;
  reason(): StopReason | undefined;
  /** The first request decides why; a later one changes nothing. */
  request(why: StopReason, graceMs: number): void;
  /** Ends the time that `graceMs` gave. */
  abortNow(): void;
  close(): void;
}

/** How long an item may take to react to its aborted signal. */
const LEAVE_AFTER_MS = 1000;

/**
 * A run stops in three steps:
 *
 *   begun --request--> stopping --graceMs--> aborting --1 s--> leaving
 *                      no further            their signals     items that still
 *                      item begins           are aborted       run are left alone
 */
export function createStop(): Stop {
  const [stopping, aborting, leaving] = [new AbortController(), new AbortController(), new AbortController()];
  for (const { signal } of [stopping, aborting, leaving]) setMaxListeners(0, signal);
  let reason: StopReason | undefined;
  let timer: NodeJS.Timeout | undefined;

  const abortNow = (): void => {
    if (!reason || aborting.signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(() => leaving.abort(), LEAVE_AFTER_MS);
    aborting.abort(new OperationStopped(reason.message));
  };

  return {
    stopping: stopping.signal,
    aborting: aborting.signal,
    leaving: leaving.signal,
    reason: () => reason,
    request(why, graceMs) {
      if (reason) return;
      reason = why;
      stopping.abort(new OperationStopped(why.message));
      if (graceMs === 0) abortNow();
      else timer = setTimeout(abortNow, graceMs);
    },
    abortNow,
    close: () => clearTimeout(timer),
  };
}
