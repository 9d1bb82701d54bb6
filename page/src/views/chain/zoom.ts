import type { Signal } from '@preact/signals';
import type { Shortcut } from '../../state/shortcuts.ts';
import { type Extent, shifted, zoomed } from '../../text/extent.ts';

/** What of a chain is shown. Null: all of it, also when it grows. */
export type Zoom = Signal<Extent | null>;

const CLOSER = 0.5;
const PART = 0.25;

export const zoomIn = (zoom: Zoom, whole: Extent): void => {
  zoom.value = zoomed(zoom.value ?? whole, whole, CLOSER);
};
export const zoomOut = (zoom: Zoom, whole: Extent): void => {
  const next = zoomed(zoom.value ?? whole, whole, 1 / CLOSER);
  zoom.value = next.from === whole.from && next.to === whole.to ? null : next;
};
export const earlier = (zoom: Zoom, whole: Extent): void => {
  if (zoom.value) zoom.value = shifted(zoom.value, whole, -PART);
};
export const later = (zoom: Zoom, whole: Extent): void => {
  if (zoom.value) zoom.value = shifted(zoom.value, whole, PART);
};
export const zoomReset = (zoom: Zoom): void => {
  zoom.value = null;
};

export const zoomShortcuts = (zoom: Zoom, whole: Extent): Shortcut[] => [
  { keys: '+', title: 'Zoom in', run: () => zoomIn(zoom, whole) },
  { keys: '-', title: 'Zoom out', run: () => zoomOut(zoom, whole) },
  { keys: '0', title: 'Show the whole chain', run: () => zoomReset(zoom) },
  { keys: 'ArrowLeft', title: 'Earlier', run: () => earlier(zoom, whole) },
  { keys: 'ArrowRight', title: 'Later', run: () => later(zoom, whole) },
];
