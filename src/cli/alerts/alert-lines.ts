import { parseDuration } from '../../log/duration.ts';
import { millisOf } from '../../log/time.ts';
import type { Format, Paint } from '../terminal/colours.ts';
import { printable } from '../terminal/printable.ts';
import { span } from '../terminal/quantity.ts';

/** What a list shows of an alert. `ShownAlert` is what the server responds with. */
export const ALERT_FIELDS =
  'name state measure threshold window value evaluatedAt error enabled silencedUntil search { name query }';

export interface ShownAlert {
  name: string;
  /** Usually an `AlertState`; a newer server may have more. */
  state: string;
  measure: string;
  threshold: number | null;
  window: string;
  value: number | null;
  evaluatedAt: string | null;
  error: string | null;
  enabled: boolean;
  silencedUntil: string | null;
  search: { name: string; query: string };
}

const STATE_FORMAT: Readonly<Record<string, Format>> = { OK: 'green', FIRING: 'red', UNKNOWN: 'yellow' };
const STATE_WIDTH = 'UNKNOWN'.length;

/** A line for each alert: those that fire first, then those that are unknown, then the others. */
export function alertLines(alerts: readonly ShownAlert[], paint: Paint, nowMs: number): string {
  const rank = ({ state }: ShownAlert): number => (state === 'FIRING' ? 0 : state === 'OK' ? 2 : 1);
  return alerts
    .toSorted((a, b) => rank(a) - rank(b))
    .map((alert) => alertLine(alert, paint, nowMs))
    .join('\n');
}

function alertLine(alert: ShownAlert, paint: Paint, nowMs: number): string {
  const { name, state, enabled, silencedUntil, error, evaluatedAt } = alert;
  const shown = enabled ? state : 'OFF';
  const format = enabled ? STATE_FORMAT[state] : undefined;
  const padded = printable(shown).padEnd(STATE_WIDTH);
  const isSilenced = silencedUntil !== null && millisOf(silencedUntil) > nowMs;
  const parts = [
    format ? paint(format, padded) : padded,
    printable(name),
    found(alert),
    ...(evaluatedAt === null ? [] : [`${span(Math.max(0, nowMs - millisOf(evaluatedAt)))} ago`]),
    ...(isSilenced ? [`silenced for ${span(millisOf(silencedUntil) - nowMs)}`] : []),
    ...(error === null || !enabled ? [] : [printable(error)]),
  ];
  return parts.join('  ');
}

/** `COUNT 12 of 5 in 5m`: the value, the threshold and the window. */
function found({ measure, value, threshold, window }: ShownAlert): string {
  const limit = threshold === null ? '' : ` of ${threshold}`;
  return `${printable(measure)} ${value ?? '-'}${limit} in ${span(parseDuration(window) ?? 0)}`;
}

export interface ShownDelivery {
  notifierName: string;
  deliveredAt: string | null;
  error: string | null;
}

export const deliveryLine = ({ notifierName, deliveredAt, error }: ShownDelivery): string =>
  printable(
    `${notifierName}  ${deliveredAt === null ? `not delivered: ${error ?? 'no reason is known'}` : 'delivered'}`,
  );
