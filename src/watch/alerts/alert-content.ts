import type { AlertContent, AlertRule, Measure } from '../../db/alerts/alerts.ts';
import { BadUserInput } from '../../errors.ts';
import { formatDuration, type Milliseconds } from '../../log/duration.ts';
import { nameOf } from '../search-content.ts';
import { MINUTE_MS } from './minute.ts';

/** What an alert and a preview have in common. */
export interface RuleInput {
  measure: Measure;
  threshold?: number | null | undefined;
  minimum?: number | null | undefined;
  window: Milliseconds;
  cooldown: Milliseconds;
}

/** `AlertInput` of the schema, which says what each field means. Ids are those of the database. */
export interface AlertInput extends RuleInput {
  name: string;
  searchId: string;
  notifierIds: readonly string[];
  enabled: boolean;
}

export const WINDOW_MINUTES_MAX = 7 * 24 * 60;
export const NOTIFIERS_PER_ALERT = 20;
const WITHOUT_THRESHOLD: readonly Measure[] = ['ABSENCE', 'NEW_ERROR'];

/** Checked, and in stored form. @throws BadUserInput */
export function parseAlert({ name, searchId, notifierIds, enabled, ...rule }: AlertInput): AlertContent {
  const ids = [...new Set(notifierIds)];
  if (ids.length > NOTIFIERS_PER_ALERT) {
    throw new BadUserInput(`input.notifierIds: expected at most ${NOTIFIERS_PER_ALERT}, got ${ids.length}`);
  }
  return { name: nameOf(name), searchId, notifierIds: ids, enabled, ...parseRule(rule) };
}

/** @throws BadUserInput */
export function parseRule({ measure, threshold, minimum, window, cooldown }: RuleInput): AlertRule {
  return {
    measure,
    threshold: thresholdOf(measure, threshold ?? null),
    minimum: minimumOf(minimum ?? 1),
    windowMinutes: minutesOf(window),
    cooldownMs: cooldown,
  };
}

function thresholdOf(measure: Measure, threshold: number | null): number | null {
  const at = 'input.threshold: expected';
  if (WITHOUT_THRESHOLD.includes(measure)) {
    if (threshold === null) return null;
    throw new BadUserInput(`${at} none for ${measure}, got ${threshold}`);
  }
  if (threshold === null) throw new BadUserInput(`${at} a number above 0 for ${measure}, got none`);
  const isRate = measure === 'ERROR_RATE';
  if (threshold > 0 && !(isRate && threshold > 1)) return threshold;
  throw new BadUserInput(
    `${at} ${isRate ? 'a share above 0, at most 1,' : 'a number above 0'} for ${measure}, got ${threshold}`,
  );
}

function minimumOf(minimum: number): number {
  if (minimum >= 1) return minimum;
  throw new BadUserInput(`input.minimum: expected 1 or more, got ${minimum}`);
}

function minutesOf(window: Milliseconds): number {
  const minutes = window / MINUTE_MS;
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= WINDOW_MINUTES_MAX) return minutes;
  throw new BadUserInput(`input.window: expected whole minutes, PT1M to P7D, got ${formatDuration(window)}`);
}
