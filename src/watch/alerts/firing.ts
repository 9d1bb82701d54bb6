import type { EventKind } from '../../db/alerts/events.ts';
import type { Milliseconds } from '../../log/duration.ts';

// What an alert tells of its minutes, one after the other. Live evaluation and preview use it alike.
//
//             firing, cooldown over: FIRED            ┌── firing, cooldown over: FIRED
//   closed ───────────────────────────────► open ─────┘
//      ▲                                     │
//      └──────────── OK: RESOLVED ───────────┘
//
// Firing before the cooldown is over changes nothing: neither does UNKNOWN.

/** `UNKNOWN`: nobody can tell whether it fires. */
export type Verdict = 'OK' | 'FIRING' | 'UNKNOWN';

export interface Firing {
  /** The minute of the last FIRED event. */
  lastFiredMs: Milliseconds | null;
  /** A FIRED event has no RESOLVED event yet. */
  isOpen: boolean;
}

export const NOT_FIRED: Firing = { lastFiredMs: null, isOpen: false };

export interface Step {
  after: Firing;
  event: EventKind | null;
}

/** The next minute of an alert. Minutes must come in order. */
export function stepOf(before: Firing, verdict: Verdict, minuteMs: Milliseconds, cooldownMs: Milliseconds): Step {
  if (verdict === 'FIRING' && mayFire(before, minuteMs, cooldownMs)) {
    return { after: { lastFiredMs: minuteMs, isOpen: true }, event: 'FIRED' };
  }
  if (verdict === 'OK' && before.isOpen) return { after: { ...before, isOpen: false }, event: 'RESOLVED' };
  return { after: before, event: null };
}

/** Without a cooldown each firing is told once. */
function mayFire({ lastFiredMs, isOpen }: Firing, minuteMs: Milliseconds, cooldownMs: Milliseconds): boolean {
  if (cooldownMs === 0) return !isOpen;
  return lastFiredMs === null || minuteMs - lastFiredMs >= cooldownMs;
}
