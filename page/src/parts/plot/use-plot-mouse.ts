import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { PlotState } from './use-plot-keys.ts';

interface Props extends PlotState {
  place: RefObject<HTMLElement | null>;
  onBack: () => void;
}

/** So long a click waits for a second one: a double click must not first choose the bar below it. */
const DOUBLE_CLICK_MS = 250;

/** A click chooses a bar, a drag several, a double click goes back. Also with a finger or a pen. */
export function usePlotMouse({ bars, pressed, pointed, selected, choose, place, onBack }: Props) {
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const barAt = (event: PointerEvent): number => {
    const { left, width } = place.current!.getBoundingClientRect();
    const [start, end] = [Date.parse(bars[0]!.start), Date.parse(bars.at(-1)!.end)];
    const at = start + ((event.clientX - left) / width) * (end - start);
    const found = bars.findIndex((bar) => at < Date.parse(bar.end));
    return found === -1 ? bars.length - 1 : found;
  };
  return {
    onPointerDown: (event: PointerEvent & { currentTarget: HTMLElement }) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      pressed.value = barAt(event);
    },
    onPointerMove: (event: PointerEvent) => {
      const at = barAt(event);
      pointed.value = at;
      const start = pressed.value;
      if (start !== null && (start !== at || selected.value !== null)) {
        selected.value = { first: Math.min(start, at), last: Math.max(start, at) };
      }
    },
    onPointerUp: (event: PointerEvent) => {
      const start = pressed.value;
      pressed.value = null;
      if (start === null) return;
      clearTimeout(waiting.current);
      const range = selected.value;
      if (range) choose(range);
      else waiting.current = setTimeout(() => choose({ first: start, last: start }), DOUBLE_CLICK_MS);
      event.preventDefault();
    },
    onPointerCancel: () => {
      pressed.value = null;
      selected.value = null;
    },
    onPointerLeave: () => {
      if (pressed.value === null) pointed.value = null;
    },
    onDblClick: () => {
      clearTimeout(waiting.current);
      onBack();
    },
  };
}
