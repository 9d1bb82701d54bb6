import type { AlertMeasure, AlertRowFragment } from '../../api/documents.ts';
import { isoDurationText } from '../../text/iso-duration.ts';
import { counted, percentText, usdText } from '../../text/number.ts';

export type Alert = AlertRowFragment;

/** What an alert measures, in the order of the form. */
export const MEASURES: readonly [measure: AlertMeasure, title: string][] = [
  ['COUNT', 'Record count'],
  ['ERROR_RATE', 'Error rate'],
  ['ABSENCE', 'No records'],
  ['NEW_ERROR', 'New errors'],
  ['LLM_COST_USD', 'Model cost'],
];

/** Whether it fires at a value that a person chooses. */
export const hasThreshold = (measure: AlertMeasure): boolean => measure !== 'ABSENCE' && measure !== 'NEW_ERROR';

/** `12 records`, `4.5% errors`, `2 new kinds of errors`, `$1.20`. */
export function valueText(measure: AlertMeasure, value: number | null): string {
  if (value === null) return measure === 'ERROR_RATE' ? 'too few records' : 'no value';
  switch (measure) {
    case 'ERROR_RATE':
      return `${percentText(value)} errors`;
    case 'NEW_ERROR':
      return counted(value, 'new kind of error', 'new kinds of errors');
    case 'LLM_COST_USD':
      return usdText(value);
    default:
      return counted(value, 'record');
  }
}

type Rule = Pick<Alert, 'measure' | 'threshold' | 'minimum' | 'window'>;

/** What it fires at: `10 records or more in 5 min`. */
export function ruleText({ measure, threshold, minimum, window }: Rule): string {
  const within = `in ${isoDurationText(window)}`;
  if (measure === 'ABSENCE') return `no record ${within}`;
  if (measure === 'NEW_ERROR') return `a new kind of error ${within}`;
  const least = minimum > 1 && measure === 'ERROR_RATE' ? `, of ${counted(minimum, 'record')} or more` : '';
  return `${valueText(measure, threshold)} or more ${within}${least}`;
}

export type Standing = 'firing' | 'unknown' | 'ok' | 'off';

/** How an alert stands now. One that is not enabled is not evaluated: its last state says nothing. */
export const standingOf = ({ enabled, state }: Pick<Alert, 'enabled' | 'state'>): Standing =>
  enabled ? (state.toLowerCase() as Standing) : 'off';

const ORDER: readonly Standing[] = ['firing', 'unknown', 'ok', 'off'];
/** What needs a person comes first; else by name, as the server orders them. */
export const byStanding = (alerts: readonly Alert[]): Alert[] =>
  alerts.toSorted((a, b) => ORDER.indexOf(standingOf(a)) - ORDER.indexOf(standingOf(b)));

export const isSilenced = ({ silencedUntil }: Pick<Alert, 'silencedUntil'>): boolean =>
  silencedUntil !== null && Date.parse(silencedUntil) > Date.now();
