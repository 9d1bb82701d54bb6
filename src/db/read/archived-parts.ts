import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';

/** A part of a window: the time of an archived partition, or the time between two of them. */
export interface Part extends TimeWindow {
  isArchived: boolean;
}

/** The parts of a window, in the order of a walk. Together they are the window. `archived`: disjoint, oldest first. */
export function partsOf(window: TimeWindow, archived: readonly TimeSpan[], newestFirst: boolean): Part[] {
  const parts: Part[] = [];
  let from = window.from;
  const add = (to: Timestamp, isArchived: boolean): void => {
    if (from !== null && from >= to) return;
    parts.push({ from, to, isArchived });
    from = to;
  };
  for (const one of archived) {
    if (one.from >= window.to || (window.from !== null && one.to <= window.from)) continue;
    add(one.from, false);
    add(one.to < window.to ? one.to : window.to, true);
  }
  add(window.to, false);
  return newestFirst ? parts.reverse() : parts;
}

/** The window from the first to the last of adjacent parts, sorted either way. */
export function joinedWindow(parts: readonly Part[]): TimeWindow {
  const [one, other] = [parts[0]!, parts.at(-1)!];
  return one.to < other.to ? { from: one.from, to: other.to } : { from: other.from, to: one.to };
}
