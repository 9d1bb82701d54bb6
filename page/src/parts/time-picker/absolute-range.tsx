import { useSignal } from '@preact/signals';
import { clocks, range } from '../../state/range.ts';
import { instantOf, localOf, rfc3339 } from '../../text/clock.ts';
import { spanOf } from '../../text/range.ts';
import type { TimeRange } from '../../text/time-text.ts';

interface Props {
  onChoose: (range: TimeRange) => void;
}

/** A range by its start and its end, by the shown clocks. An empty field leaves it open. */
export function AbsoluteRange({ onChoose }: Props) {
  const { now, offset } = clocks();
  const span = spanOf(range.peek(), { now, offset });
  const from = useSignal(span ? fieldText(span.from) : '');
  const to = useSignal(span ? fieldText(span.to) : '');
  const problem = from.value !== '' && to.value !== '' && from.value >= to.value;
  return (
    <form
      class="time-absolute"
      onSubmit={(event) => {
        event.preventDefault();
        const [start, end] = [from.value, to.value].map((text) => (text === '' ? undefined : instantText(text)));
        if (!problem && (start ?? end)) onChoose({ from: start, to: end });
      }}
    >
      <label>
        From
        <input
          type="datetime-local"
          step="1"
          value={from.value}
          onInput={(event) => {
            from.value = event.currentTarget.value;
          }}
        />
      </label>
      <label>
        To
        <input
          type="datetime-local"
          step="1"
          value={to.value}
          onInput={(event) => {
            to.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit" disabled={problem}>
        Show
      </button>
      {problem && (
        <p class="time-problem" role="alert">
          The end must be after the start.
        </p>
      )}
    </form>
  );
}

/** As a field of type datetime-local has it. */
const fieldText = (at: number): string => new Date(localOf(at, clocks().offset)).toISOString().slice(0, 19);
const instantText = (text: string): string => rfc3339(instantOf(Date.parse(`${text}Z`), clocks().offset));
