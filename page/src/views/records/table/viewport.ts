import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Chunk, RecordList } from './chunks.ts';
import type { Row } from './row.ts';

/** What is rendered beyond what is seen, on each side: rows are there before they are scrolled to. */
const OVERSCAN_PX = 100;
const ROW_PX_FIRST = 26;
/** Without a scroll for so long, the next one may be a slow one. */
const REST_MS = 100;
/** Scrolled by so little, the start is still meant. */
export const TOP_PX = 8;

/** The chunks to render, `to` exclusive, and the space for those before and after them, in pixels. */
export interface Range {
  from: number;
  to: number;
  above: number;
  below: number;
}

export interface Viewport {
  range: ReadonlySignal<Range>;
  /** Tells the heights of rendered chunks. */
  observer: ResizeObserver;
  /** To be called when the element has scrolled or has another size. */
  measure: (scroller: HTMLElement) => void;
  /** Where the top of a chunk is, in pixels. */
  topOf: (index: number) => number;
  heightOf: (chunk: Chunk) => number;
  /** Rows are shown otherwise: their heights are measured anew. */
  forget: () => void;
}

/** Which chunks of the list are on the screen: their heights are as measured, or as those of other rows. */
export function createViewport(list: ReadonlySignal<RecordList<Row>>): Viewport {
  const heights = new Map<number, { height: number; rows: number }>();
  const measured = signal(0);
  const rowPx = signal(ROW_PX_FIRST);
  const view = signal({ top: 0, height: 1000, beyond: OVERSCAN_PX });
  let rest: ReturnType<typeof setTimeout> | undefined;
  /** The chunk at the top of the screen: it stays there where chunks above it come, go or have another height. */
  let anchor: { id: number; top: number } | null = null;

  const heightOf = ({ id, count }: Chunk): number => {
    const known = heights.get(id);
    return known ? (known.height / known.rows) * count : rowPx.value * count;
  };
  const tops = computed(() => {
    measured.value;
    const { chunks } = list.value;
    const result = new Float64Array(chunks.length + 1);
    chunks.forEach((chunk, index) => {
      result[index + 1] = result[index]! + heightOf(chunk);
    });
    return result;
  });
  const observer = new ResizeObserver((entries) => {
    let changed = false;
    for (const { target, contentRect } of entries) {
      const [id, rows] = [Number((target as HTMLElement).dataset.chunk), target.querySelectorAll('.record-row').length];
      if (contentRect.height === 0 || rows === 0 || heights.get(id)?.height === contentRect.height) continue;
      if (heights.size > 2 * list.peek().chunks.length + 100) heights.clear();
      heights.set(id, { height: contentRect.height, rows });
      if (!target.querySelector('.record-details')) rowPx.value = contentRect.height / rows;
      changed = true;
    }
    if (changed) measured.value++;
  });

  let range: Range = { from: 0, to: 0, above: 0, below: 0 };
  return {
    observer,
    heightOf,
    topOf: (index) => tops.peek()[index] ?? 0,
    measure({ scrollTop, clientHeight }) {
      const { chunks, before } = list.peek();
      const index = firstAfter(tops.peek(), scrollTop) - 1;
      const chunk = chunks[index];
      // At the start of all records new ones are to be seen.
      anchor = chunk && (before || scrollTop > TOP_PX) ? { id: chunk.id, top: tops.peek()[index]! } : null;
      // Scrolled by more than a screen, what is beyond it may never be seen: it is rendered when this has rested.
      const isFast = Math.abs(scrollTop - view.peek().top) > clientHeight;
      view.value = { top: scrollTop, height: clientHeight, beyond: isFast ? 0 : OVERSCAN_PX };
      clearTimeout(rest);
      if (isFast) rest = setTimeout(() => (view.value = { ...view.peek(), beyond: OVERSCAN_PX }), REST_MS);
    },
    range: computed(() => {
      const { height, beyond } = view.value;
      const all = tops.value;
      const index = anchor ? list.value.chunks.findIndex(({ id }) => id === anchor!.id) : -1;
      const top = view.value.top + (index === -1 ? 0 : all[index]! - anchor!.top);
      const last = all.length - 1;
      const to = Math.min(last, firstAfter(all, top + height + beyond));
      const from = Math.min(to, Math.max(0, firstAfter(all, top - beyond) - 1));
      const next = { from, to, above: all[from]!, below: all[last]! - all[to]! };
      // The same object where nothing has changed: then nothing is rendered.
      if (!isSame(next, range)) range = next;
      return range;
    }),
    forget() {
      heights.clear();
      measured.value++;
    },
  };
}

const isSame = (a: Range, b: Range): boolean =>
  a.from === b.from && a.to === b.to && a.above === b.above && a.below === b.below;

/** The index of the first number that is greater. */
function firstAfter(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
