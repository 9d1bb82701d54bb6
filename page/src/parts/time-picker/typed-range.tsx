import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { clocks } from '../../state/range.ts';
import { offset } from '../../state/zone.ts';
import { UnreadableTime } from '../../text/instant-text.ts';
import { rangeText } from '../../text/range.ts';
import { readRange, type TimeRange } from '../../text/time-text.ts';

interface Props {
  onChoose: (range: TimeRange) => void;
}

/** A range in words: below it stands what it is read as, or what was expected. Enter chooses it. */
export function TypedRange({ onChoose }: Props) {
  const text = useSignal('');
  const field = useRef<HTMLInputElement>(null);
  // Before the next key: what is typed at once is for this field.
  useLayoutEffect(() => field.current?.focus(), []);
  const read = text.value.trim() === '' ? null : tryRead(text.value);
  const problem = typeof read === 'string' ? read : null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const chosen = tryRead(text.value);
        if (typeof chosen !== 'string') onChoose(chosen);
      }}
    >
      <label>
        Type a range
        <input
          ref={field}
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder="2h, last 3 days, yesterday 14:00 to 16:00"
          value={text.value}
          aria-invalid={problem !== null}
          aria-describedby="time-typed"
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </label>
      <p id="time-typed" aria-live="polite" class={problem ? 'time-problem' : 'quiet'}>
        {problem ?? (read && typeof read !== 'string' ? rangeText(read, offset.value) : 'Enter shows it.')}
      </p>
    </form>
  );
}

/** The range, or why it is none. */
function tryRead(text: string): TimeRange | string {
  try {
    return readRange(text, clocks());
  } catch (error) {
    if (error instanceof UnreadableTime) return error.message;
    throw error;
  }
}
