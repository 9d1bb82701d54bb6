import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { clocks, range, shift } from '../../state/range.ts';
import { useShortcuts } from '../../state/shortcuts.ts';
import { offset, timeZone } from '../../state/zone.ts';
import { rangeText, shifted } from '../../text/range.ts';
import { RefreshChoice } from './refresh-choice.tsx';
import { TimePanel } from './time-panel.tsx';
import './time-picker.css';

/** Which time is shown, by which clocks, and when it is read again. `t` opens it, `[` and `]` shift the range. */
export function TimePicker() {
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const close = (): void => {
    open.value = false;
    button.current?.focus();
  };
  const keys = useMemo(
    () => [
      { keys: 't', title: 'Choose the time range', run: () => (open.value = true) },
      { keys: '[', title: 'The range before this one', run: () => shift(-1) },
      { keys: ']', title: 'The range after this one', run: () => shift(1) },
    ],
    [],
  );
  useShortcuts(keys);
  useEffect(() => {
    const onDown = (event: PointerEvent): void => {
      if (!place.current?.contains(event.target as Node)) open.value = false;
    };
    addEventListener('pointerdown', onDown);
    return () => removeEventListener('pointerdown', onDown);
  }, []);
  return (
    <div class="time-picker" ref={place}>
      <ShiftButton direction={-1} />
      <button
        type="button"
        ref={button}
        class="time-picker-range"
        aria-haspopup="dialog"
        aria-expanded={open.value}
        title="Time range (t)"
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {rangeText(range.value, offset.value)}
        <span class="quiet time-picker-zone">{timeZone.value}</span>
      </button>
      <ShiftButton direction={1} />
      <RefreshChoice />
      {open.value && <TimePanel onClose={close} />}
    </div>
  );
}

function ShiftButton({ direction }: { direction: -1 | 1 }) {
  const [sign, key, label] = direction === -1 ? ['‹', '[', 'Earlier'] : ['›', ']', 'Later'];
  return (
    <button
      type="button"
      aria-label={label}
      title={`${label} (${key})`}
      disabled={shifted(range.value, direction, clocks()) === null}
      onClick={() => shift(direction)}
    >
      {sign}
    </button>
  );
}
