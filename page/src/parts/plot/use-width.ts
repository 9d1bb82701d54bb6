import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** The width of an element in pixels, as it changes; 0 until it is shown. */
export function useWidth(place: RefObject<HTMLElement | null>): ReadonlySignal<number> {
  const width = useSignal(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      width.value = Math.round(entry!.contentRect.width);
    });
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  return width;
}
