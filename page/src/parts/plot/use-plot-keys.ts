import type { Signal } from '@preact/signals';
import type { PlotBar, Selected } from './plot-values.ts';

export interface PlotState {
  bars: readonly PlotBar[];
  /** The bar at which the mouse is held down. */
  pressed: Signal<number | null>;
  /** The bar under the mouse, or of the keyboard. */
  pointed: Signal<number | null>;
  /** Several bars: a drag, or Shift with the arrow keys. */
  selected: Signal<Selected | null>;
  choose: (range: Selected) => void;
}

/** Arrow keys move over the bars, Home and End to the first and the last; with Shift they select; Enter chooses, Escape lets go. */
export function usePlotKeys({ bars, pointed, selected, choose }: PlotState) {
  const last = bars.length - 1;
  const moves: Readonly<Record<string, (at: number) => number>> = {
    ArrowLeft: (at) => at - 1,
    ArrowRight: (at) => at + 1,
    Home: () => 0,
    End: () => last,
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = pointed.value;
    const move = moves[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (move) {
      const next = at === null ? (event.key === 'ArrowRight' || event.key === 'Home' ? 0 : last) : move(at);
      const to = Math.min(Math.max(next, 0), last);
      selected.value = event.shiftKey && at !== null ? extended(selected.value, at, to) : null;
      pointed.value = to;
    } else if (event.key === 'Enter' && at !== null) {
      choose(selected.value ?? { first: at, last: at });
    } else if (event.key === 'Escape' && (at !== null || selected.value)) {
      selected.value = null;
      pointed.value = null;
    } else {
      return;
    }
    event.preventDefault();
  };
  return { onKeyDown, onBlur: () => (pointed.value = null) };
}

/** The end of the selection at which the keyboard is moves; the other one stays. */
function extended(selected: Selected | null, at: number, to: number): Selected {
  const anchor = selected === null ? at : selected.first === at ? selected.last : selected.first;
  return { first: Math.min(anchor, to), last: Math.max(anchor, to) };
}
