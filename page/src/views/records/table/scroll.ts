import type { RefObject } from 'preact';
import { urlValue } from '../../../state/url.ts';
import { findRow } from './chunks.ts';
import type { RecordLoader, StartAt } from './record-loader.ts';
import { TOP_PX, type Viewport } from './viewport.ts';

const record = urlValue('record');

/** A row that is to be seen. */
interface Wanted {
  id: string;
  /** Pixels below the top of the table; null: as little movement as is needed. */
  offset: number | null;
  focus: boolean;
}

export interface Scroll {
  /** Scrolls to a row of the list, also to one that is not rendered yet. */
  reveal: (id: string, options?: { focus?: boolean; offset?: number | null }) => void;
  toEdge: (edge: 'start' | 'end') => void;
  /** Whether the top of the list is on the screen. */
  isAtTop: () => boolean;
  /** To be called after each rendering: what is seen stays where it is, and what `reveal` began goes on. */
  settle: () => void;
  /** To be called when the table was scrolled. */
  hold: () => void;
  /** Where a new list has to begin so that what is seen stays where it is. */
  keepPlace: () => StartPlace;
  startPlace: StartPlace;
}

interface StartPlace {
  at: StartAt;
  /** To be called when the new list is there. */
  after: () => void;
}

/** Renderings after which a row that has not come is given up. */
const RENDERINGS_MAX = 20;

export function createScroll(
  loader: RecordLoader,
  viewport: Viewport,
  scroller: RefObject<HTMLElement | null>,
): Scroll {
  let wanted: Wanted | null = null;
  let edge: 'start' | 'end' | null = null;
  let renderings = 0;
  /** A row on the screen, where it is in all of the list, in pixels, and whether there were records before the list. */
  let held: { id: string; top: number; hadBefore: boolean } | null = null;

  /** Of all records, not only of the list. */
  const isAtTop = (): boolean => (scroller.current?.scrollTop ?? 0) <= TOP_PX && !loader.list.peek().before;
  const headerPx = (): number => scroller.current?.querySelector('.record-header')?.clientHeight ?? 0;
  const element = (id: string): HTMLElement | null =>
    scroller.current?.querySelector<HTMLElement>(`.record-row[data-id="${CSS.escape(id)}"]`) ?? null;

  function settle(): void {
    const view = scroller.current;
    if (!view) return;
    if (edge) view.scrollTop = edge === 'start' ? 0 : view.scrollHeight;
    else if (!wanted) stay(view);
    edge = null;
    if (!wanted) return;
    const found = element(wanted.id);
    if (found) arrive(view, found, wanted);
    else if (renderings++ === RENDERINGS_MAX) wanted = null;
    else approach(view, wanted.id);
  }

  const topIn = (view: HTMLElement, row: Element): number =>
    row.getBoundingClientRect().top - view.getBoundingClientRect().top + view.scrollTop;

  /**
   * Rows above the screen came, went or have another height: scrolls by as much. At the top new rows are to be seen. Browsers can do
   * it too, but take what is no row for what should stay.
   */
  function stay(view: HTMLElement): void {
    const row = held && element(held.id);
    if (!held || !row || (view.scrollTop <= TOP_PX && !held.hadBefore)) return;
    const moved = topIn(view, row) - held.top;
    if (Math.abs(moved) < 1) return;
    view.scrollTop += moved;
    held.top += moved;
    viewport.measure(view);
  }

  /** The first row below the header, by halving: the rows stand in the order of the page. */
  function firstSeen(view: HTMLElement): HTMLElement | undefined {
    const rows = view.querySelectorAll<HTMLElement>('.record-chunk .record-row');
    const edgeTop = view.getBoundingClientRect().top + headerPx();
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle]!.getBoundingClientRect().bottom > edgeTop) high = middle;
      else low = middle + 1;
    }
    return rows[low];
  }

  function hold(view: HTMLElement): void {
    const row = firstSeen(view);
    held = row ? { id: row.dataset.id!, top: topIn(view, row), hadBefore: loader.list.peek().before } : null;
  }

  function toEdge(to: 'start' | 'end'): void {
    edge = to;
    settle();
    // Again when the new list is rendered.
    edge = to;
  }

  function arrive(view: HTMLElement, row: HTMLElement, { offset, focus }: Wanted): void {
    wanted = null;
    const top = row.getBoundingClientRect().top - view.getBoundingClientRect().top;
    if (offset !== null) view.scrollTop += top - offset;
    else if (top < headerPx()) view.scrollTop += top - headerPx();
    else if (top + row.clientHeight > view.clientHeight) view.scrollTop += top + row.clientHeight - view.clientHeight;
    if (focus) row.focus({ preventScroll: true });
    // Where nothing had to move, no event tells of it.
    hold(view);
  }

  /** Its chunk is not rendered: it will be where this is. */
  function approach(view: HTMLElement, id: string): void {
    const found = findRow(loader.list.peek(), (row) => row.id === id);
    if (!found) return;
    const chunk = loader.list.peek().chunks[found.chunk]!;
    view.scrollTop = viewport.topOf(found.chunk) + (viewport.heightOf(chunk) * found.index) / chunk.count;
    viewport.measure(view);
  }

  const startPlace: StartPlace = { at: 'start', after: () => toEdge('start') };

  return {
    settle,
    startPlace,
    toEdge,
    hold() {
      if (scroller.current) hold(scroller.current);
    },
    reveal(id, { focus = false, offset = null } = {}) {
      wanted = { id, focus: focus || (wanted?.id === id && wanted.focus), offset };
      renderings = 0;
      settle();
    },
    isAtTop,
    keepPlace() {
      const view = scroller.current;
      const top = view?.getBoundingClientRect().top ?? 0;
      const seen = view && firstSeen(view);
      const found = seen && findRow(loader.list.peek(), (row) => row.id === seen.dataset.id);
      if (!found || !view || (isAtTop() && record.peek() === undefined)) return startPlace;
      const offset = seen.getBoundingClientRect().top - top;
      const { id, cursor } = found.row;
      return {
        at: { cursor },
        after: () => {
          wanted = { id, focus: false, offset };
          renderings = 0;
          settle();
        },
      };
    },
  };
}
