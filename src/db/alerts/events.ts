import type { Position } from '../../log/cursor.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';

export const EVENT_KINDS = ['FIRED', 'RESOLVED'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** A row of `alert_events`. */
export interface AlertEvent {
  id: string;
  alertId: string;
  kind: EventKind;
  /** The whole minute that was evaluated. */
  at: Timestamp;
  value: number | null;
  range: TimeSpan;
  /** Places of records, the newest first. */
  sample: Position[];
}
