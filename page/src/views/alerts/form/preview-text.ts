import type { AlertMeasure, AlertPreviewQuery } from '../../../api/documents.ts';
import { durationText } from '../../../text/duration.ts';
import { counted } from '../../../text/number.ts';
import { valueText } from '../alert-text.ts';

export type Preview = NonNullable<AlertPreviewQuery['alertPreview']>;

const MINUTE_MS = 60_000;

/** In whole minutes: the last firing may end with the range. */
const lengthOf = ({ from, to }: Preview['firings'][number]): number =>
  Math.ceil((Date.parse(to) - Date.parse(from)) / MINUTE_MS) * MINUTE_MS;

/** How often it would have fired: `would have fired 3 times`. */
export const firedText = ({ fired }: Preview): string =>
  fired === 0 ? 'would not have fired' : `would have fired ${fired === 1 ? 'once' : counted(fired, 'time')}`;

/** What helps to choose another threshold: how long it fired, whether it flaps, how near it came. */
export function detailText(preview: Preview, measure: AlertMeasure): string {
  const { firings, fired, evaluations } = preview;
  if (evaluations === 0) return 'The range has no whole minute.';
  if (firings.length === 0) return nearestText(preview, measure);
  const lengths = firings.map(lengthOf).toSorted((a, b) => a - b);
  const [shortest, longest] = [durationText(lengths[0]!), durationText(lengths.at(-1)!)];
  const all = durationText(lengths.reduce((sum, length) => sum + length, 0));
  const lasting = shortest === longest ? ` of ${shortest}` : ` of ${shortest} to ${longest}, ${all} in all`;
  const told = fired === firings.length ? '' : `: the cooldown makes ${counted(fired, 'notification')} of them`;
  return `${counted(firings.length, 'firing')}${lasting}${told}.`;
}

function nearestText({ values }: Preview, measure: AlertMeasure): string {
  const known = values.flatMap(({ value }) => (value === null ? [] : [value]));
  if (known.length === 0) return `In every minute: ${valueText(measure, null)}.`;
  const nearest = measure === 'ABSENCE' ? Math.min(...known) : Math.max(...known);
  return `The nearest to firing was ${valueText(measure, nearest)}.`;
}
