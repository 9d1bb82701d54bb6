import { parseDuration } from '../../../../../src/log/duration.ts';
import type { AlertMeasure, TimeRangeInput } from '../../../api/documents.ts';
import { DAY, rfc3339 } from '../../../text/clock.ts';

/** What is previewed: the shown range, or as much of its end as the API previews. */
export interface PreviewTime {
  time: TimeRangeInput;
  isShortened: boolean;
}

/** The longest range of a preview, in days. A new kind of error is looked for in all errors of the seven days before, too. */
export const daysMax = (measure: AlertMeasure): number => (measure === 'NEW_ERROR' ? 1 : 7);

export function previewTime(shown: TimeRangeInput | null, measure: AlertMeasure, now: number): PreviewTime {
  const most = daysMax(measure) * DAY;
  const { last, from, to } = shown ?? {};
  if (last != null) {
    const isShortened = (parseDuration(last) ?? Number.POSITIVE_INFINITY) > most;
    return { time: { last: isShortened ? `${daysMax(measure)}d` : last }, isShortened };
  }
  const end = Math.min(to == null ? now : Date.parse(to), now);
  if (from != null && end - Date.parse(from) <= most) return { time: { from, to: to ?? null }, isShortened: false };
  return { time: { from: rfc3339(end - most), to: rfc3339(end) }, isShortened: true };
}
