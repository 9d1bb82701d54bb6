import { useSignalEffect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { askAgain } from '../../../state/ask-again.ts';
import { filter, recount } from '../../../state/search.ts';
import { useShortcuts } from '../../../state/shortcuts.ts';
import { columns } from '../../../state/table-settings.ts';
import { go, urlValue } from '../../../state/url.ts';
import { createLive, type Live } from './live.ts';
import { isLive } from './order.ts';
import type { RecordLoader } from './record-loader.ts';
import type { Scroll } from './scroll.ts';

const record = urlValue('record');
/** The numbers beside the table, which records that come in change, are read as often at most. */
const RECOUNT_SECONDS = 5;

/** Live has no end, and the newest records first: a fixed end and the other order go. */
export const toggleLive = (): void =>
  go(isLive.peek() ? { live: undefined } : { live: '1', to: undefined, order: undefined });

/** New records of the search come into the list while the URL says so. */
export function useLive(loader: RecordLoader, scroll: Scroll, scroller: RefObject<HTMLElement | null>): Live {
  const live = useMemo(
    () => createLive(loader, () => !scroll.isAtTop() || isReading(scroller.current), scroll.keepPlace),
    [],
  );
  useShortcuts(useMemo(() => [{ keys: 'l', title: 'Live: new records appear at the top', run: toggleLive }], []));
  useSignalEffect(() => {
    const [isOn, asked] = [isLive.value, filter.value];
    if (isOn) live.start({ filter: asked, time: null, order: 'NEWEST_FIRST', live: true, columns: columns.peek() });
    else live.stop();
  });
  useSignalEffect(() => live.changeColumns(columns.value));
  useSignalEffect(() => (isLive.value ? recounting(live) : undefined));
  useEffect(() => () => live.stop(), []);
  return live;
}

/** Counts anew while new records are shown, so that the numbers are those of the table. @returns ends it, all counted */
function recounting({ shown, trouble }: Live): () => void {
  let counted = shown.peek();
  const isWanted = (): boolean => shown.peek() !== counted && trouble.peek() === null;
  const end = askAgain(RECOUNT_SECONDS, isWanted, () => {
    counted = shown.peek();
    recount();
  });
  return () => {
    end();
    if (isWanted()) recount();
  };
}

/** Who reads a record, or selects text, is not moved. */
function isReading(scroller: HTMLElement | null): boolean {
  const selection = getSelection();
  return (
    record.peek() !== undefined || (!selection?.isCollapsed && !!scroller?.contains(selection?.anchorNode ?? null))
  );
}
