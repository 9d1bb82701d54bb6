import type { Milliseconds } from '../../log/duration.ts';
import type { Timestamp } from '../../log/time.ts';

export const MEASURES = ['COUNT', 'ERROR_RATE', 'ABSENCE', 'NEW_ERROR', 'LLM_COST_USD'] as const;
export type Measure = (typeof MEASURES)[number];

export const ALERT_STATES = ['OK', 'FIRING', 'UNKNOWN'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** What is evaluated. */
export interface AlertRule {
  measure: Measure;
  /** Null for ABSENCE and NEW_ERROR. */
  threshold: number | null;
  /** ERROR_RATE of fewer records is OK. */
  minimum: number;
  windowMinutes: number;
  cooldownMs: Milliseconds;
}

/** A row of `alerts` with its state. */
export interface Alert extends AlertRule {
  id: string;
  name: string;
  searchId: string;
  enabled: boolean;
  silencedUntil: Timestamp | null;
  state: AlertState;
  value: number | null;
  evaluatedAt: Timestamp | null;
  error: string | null;
}
