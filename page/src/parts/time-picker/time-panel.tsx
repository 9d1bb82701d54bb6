import { useLayoutEffect } from 'preact/hooks';
import { clocks, range, show } from '../../state/range.ts';
import { timeZone } from '../../state/zone.ts';
import { rangeText } from '../../text/range.ts';
import type { TimeRange } from '../../text/time-text.ts';
import { AbsoluteRange } from './absolute-range.tsx';
import { TypedRange } from './typed-range.tsx';
import { ZoneChoice } from './zone-choice.tsx';

const PRESETS: readonly string[] = [
  '5m',
  '15m',
  '1h',
  '6h',
  '1d',
  '7d',
  '30d',
  'today',
  'yesterday',
  'this week',
  'all',
];

interface Props {
  onClose: () => void;
}

/** The ways to say which time is shown. Each closes it. */
export function TimePanel({ onClose }: Props) {
  const choose = (chosen: TimeRange): void => {
    show(chosen);
    onClose();
  };
  useLayoutEffect(() => {
    // Wherever the focus is: a click on a free place takes it away from the fields.
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      onClose();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  const shown = range.value;
  return (
    <div class="time-panel" role="dialog" aria-label="Time range">
      <TypedRange onChoose={choose} />
      <div class="time-presets">
        {PRESETS.map((last) => (
          <button
            key={last}
            type="button"
            aria-pressed={'last' in shown && shown.last === last}
            onClick={() => choose({ last })}
          >
            {rangeText({ last }, clocks().offset)}
          </button>
        ))}
      </div>
      <AbsoluteRange key={timeZone.value} onChoose={choose} />
      <ZoneChoice />
    </div>
  );
}
