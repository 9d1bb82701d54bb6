import type { Timestamp } from '../../log/time.ts';

export const NOTIFIER_KINDS = ['WEBHOOK', 'SLACK', 'EMAIL'] as const;
export type NotifierKind = (typeof NOTIFIER_KINDS)[number];

/** A row of `notifiers`. `target` and `secret` are for sending alone: the API shows neither. */
export interface Notifier {
  id: string;
  name: string;
  kind: NotifierKind;
  /** A URL, or addresses separated by commas. */
  target: string;
  /** Only of a WEBHOOK. */
  secret: string | null;
  lastDeliveredAt: Timestamp | null;
  /** Of the last attempt; null when it succeeded. */
  lastError: string | null;
}
