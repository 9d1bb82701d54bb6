import type { AlertMeasure, AlertPreviewInput } from '../../../api/documents.ts';
import { readLength, shortLength } from '../../../text/length-text.ts';
import { type Alert, hasThreshold } from '../alert-text.ts';

/** What the form shows: texts, as they are typed. */
export interface Draft {
  name: string;
  measure: AlertMeasure;
  /** Of ERROR_RATE in percent. */
  threshold: string;
  minimum: string;
  window: string;
  cooldown: string;
  notifierIds: readonly string[];
}

/** What of an alert is previewed. */
export type Rule = Required<Omit<AlertPreviewInput, 'query'>> & { minimum: number };

export const NEW_DRAFT: Draft = {
  name: '',
  measure: 'COUNT',
  threshold: '10',
  minimum: '20',
  window: '5m',
  cooldown: '1h',
  notifierIds: [],
};

export function draftOf(alert: Alert, notifierIds: readonly string[]): Draft {
  const { name, measure, threshold, minimum, window, cooldown } = alert;
  // Without the digits that a multiplication of fractions adds.
  const percent = threshold === null ? null : Number((100 * threshold).toPrecision(12));
  return {
    name,
    measure,
    threshold: String((measure === 'ERROR_RATE' ? percent : threshold) ?? NEW_DRAFT.threshold),
    minimum: String(minimum),
    window: shortLength(readLength(window) ?? 0),
    cooldown: shortLength(readLength(cooldown) ?? 0),
    notifierIds,
  };
}

/** With this notifier, or without it. */
export function choosing(draft: Draft, id: string, isChosen: boolean): Draft {
  const others = draft.notifierIds.filter((other) => other !== id);
  return { ...draft, notifierIds: isChosen ? [...others, id] : others };
}

/** Text that is no number or length goes to the server as it is: its error says what was expected. */
export function ruleOf({ measure, threshold, minimum, window, cooldown }: Draft): Rule {
  const limit = numberOf(threshold);
  return {
    measure,
    threshold: hasThreshold(measure) ? (measure === 'ERROR_RATE' && limit !== null ? limit / 100 : limit) : null,
    minimum: measure === 'ERROR_RATE' ? (numberOf(minimum) ?? 1) : 1,
    window: lengthOf(window),
    cooldown: lengthOf(cooldown),
  };
}

function numberOf(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  return Number.isNaN(Number(trimmed)) ? (trimmed as unknown as number) : Number(trimmed);
}

function lengthOf(text: string): string {
  const ms = /^0\w*$/.test(text.trim()) ? 0 : readLength(text);
  return ms === undefined ? text : shortLength(ms);
}
