import { LAST_DEFAULT, showLast } from '../../state/search.ts';
import { urlValue } from '../../state/url.ts';

const PRESETS: readonly [duration: string, label: string][] = [
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['6h', 'Last 6 hours'],
  ['1d', 'Last day'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['all', 'All time'],
];
const last = urlValue('last');

/** Which time is shown. */
export function TimePicker() {
  return (
    <select
      aria-label="Time range"
      value={last.value ?? LAST_DEFAULT}
      onChange={(event) => showLast(event.currentTarget.value)}
    >
      {PRESETS.map(([duration, label]) => (
        <option key={duration} value={duration}>
          {label}
        </option>
      ))}
    </select>
  );
}
