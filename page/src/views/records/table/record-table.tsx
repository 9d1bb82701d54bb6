import { effect, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { retryOnline } from '../../../state/retry-online.ts';
import { filter, query, refreshes, time } from '../../../state/search.ts';
import { columns, isDense, widthOf, wraps } from '../../../state/table-settings.ts';
import { go, urlValue } from '../../../state/url.ts';
import { timeZone } from '../../../state/zone.ts';
import { searchedWords } from '../../../text/matches.ts';
import { NothingFound } from '../nothing/nothing-found.tsx';
import { RecordDetails } from '../record/record-details.tsx';
import { ChunkRows } from './chunk-rows.tsx';
import { LiveNotes } from './live-notes.tsx';
import { isLive, order } from './order.ts';
import { createRecordLoader, type RecordLoader } from './record-loader.ts';
import type { Question } from './record-pages.ts';
import type { RowLook } from './record-row.tsx';
import { createScroll, type Scroll } from './scroll.ts';
import { TableBar } from './table-bar.tsx';
import { TableHeader } from './table-header.tsx';
import { useLive } from './use-live.ts';
import { useOpenRecord } from './use-open-record.ts';
import { useRowKeys } from './use-row-keys.ts';
import { createViewport } from './viewport.ts';
import './record-table.css';

const record = urlValue('record');

/** The records that match, as rows. Any number of them can be scrolled through. */
export function RecordTable() {
  const loader = useMemo(createRecordLoader, []);
  const viewport = useMemo(() => createViewport(loader.list), []);
  const scroller = useRef<HTMLDivElement>(null);
  const scroll = useMemo(() => createScroll(loader, viewport, scroller), []);
  const active = useSignal<string | null>(null);
  const words = useComputed(() => searchedWords(query.value));
  const look = useComputed<RowLook>(() => ({
    columns: columns.value,
    words: words.value,
    timeZone: timeZone.value,
    wraps: wraps.value,
  }));

  useQuestion(loader, scroll);
  useSignalEffect(() => loader.changeColumns(columns.value));
  useSignalEffect(() => {
    const { from, to } = viewport.range.value;
    loader.list.value;
    loader.show(from, to);
  });
  useLayoutEffect(() => () => loader.stop(), []);
  useEffect(() => retryOnline(() => loader.error.peek(), loader.tryAgain), []);
  useLayoutEffect(() => viewport.forget(), [wraps.value, isDense.value]);
  useEffect(() => {
    // It may be called when the table is gone already.
    const box = scroller.current!;
    const resized = new ResizeObserver(() => {
      box.style.setProperty('--view-width', `${box.clientWidth}px`);
      viewport.measure(box);
    });
    resized.observe(box);
    return () => resized.disconnect();
  }, []);
  useLayoutEffect(scroll.settle);
  const live = useLive(loader, scroll, scroller);
  const withoutRow = useOpenRecord(loader, scroll);
  const keys = useRowKeys(loader, scroll, active);

  const { chunks, after } = loader.list.value;
  const { from, to, above, below } = viewport.range.value;
  const shown = chunks.slice(from, to);
  const holds = (id: string | null | undefined, rows: readonly { id: string }[] | null): string | null =>
    id && rows?.some((row) => row.id === id) ? id : null;
  const first = active.value ?? chunks[0]?.rows?.[0]?.id ?? null;
  const template = columns.value.map((name) =>
    name === columns.value.at(-1) ? `minmax(${widthOf(name)}px, 1fr)` : `${widthOf(name)}px`,
  );
  const width = columns.value.reduce((sum, name) => sum + widthOf(name) + 10, 18);
  const error = loader.error.value;
  return (
    <section class="record-section" aria-label="Records">
      <TableBar>
        <LiveNotes live={live} onShow={() => void keys.toEdge('start')} />
      </TableBar>
      {withoutRow.value !== null && (
        <div class="record-without-row">
          <p class="quiet">This record is not among those that the search finds in this time.</p>
          <RecordDetails key={withoutRow.value} id={withoutRow.value} />
        </div>
      )}
      <div
        ref={scroller}
        class="record-scroller"
        onScroll={(event) => {
          scroll.hold();
          viewport.measure(event.currentTarget);
        }}
      >
        <div
          role="grid"
          aria-label="Records"
          aria-rowcount={-1}
          aria-busy={loader.loading.value}
          class={`record-table mono ${wraps.value ? 'wraps' : ''} ${isDense.value ? 'dense' : ''}`}
          style={{ '--columns': template.join(' '), '--width': `${width}px` }}
          onClick={(event) => {
            const id = rowIdOf(event.target);
            if (id === null || isSelecting()) return;
            active.value = id;
            go({ record: id === record.peek() ? undefined : id });
          }}
          onKeyDown={keys.onKeyDown}
          onFocusIn={(event) => {
            active.value = rowIdOf(event.target) ?? active.peek();
          }}
        >
          <TableHeader />
          <div class="record-space" role="presentation" style={{ height: `${above}px` }} />
          {shown.map((chunk) => (
            <ChunkRows
              key={chunk.id}
              chunk={chunk}
              look={look.value}
              active={holds(first, chunk.rows)}
              open={holds(record.value, chunk.rows)}
              observer={viewport.observer}
              move={keys.move}
              height={chunk.rows === null ? viewport.heightOf(chunk) : 0}
            />
          ))}
          <div class="record-space" role="presentation" style={{ height: `${below}px` }} />
        </div>
        {error && (
          <ErrorNote title="These records could not be read" message={error.message} onRetry={loader.tryAgain} />
        )}
        {!error && chunks.length === 0 && <NothingFound loading={loader.loading.value} />}
        {!error && chunks.length > 0 && (
          <p class="quiet table-end" role="status">
            {after ? 'Loading more ...' : 'These are all records that match.'}
          </p>
        )}
      </div>
    </section>
  );
}

/** The row that an event happened in, unless something in it has the event for itself. */
function rowIdOf(target: EventTarget | null): string | null {
  if (!(target instanceof Element) || target.closest('button, a, input, select, .record-details')) return null;
  return target.closest<HTMLElement>('[data-id]')?.dataset.id ?? null;
}

const isSelecting = (): boolean => !(getSelection()?.isCollapsed ?? true);

/**
 * Asks anew when the search, its time or its order has changed. A refresh keeps the place of who has scrolled. The first time it asks
 * before anything is drawn: the answer comes while the page is.
 */
function useQuestion(loader: RecordLoader, scroll: Scroll): void {
  const stop = useMemo(() => {
    let refreshed = refreshes.peek();
    return effect(() => {
      const question: Question = {
        filter: filter.value,
        time: isLive.value && time.value?.to ? { from: time.value.from ?? null } : time.value,
        order: order.value,
        live: isLive.value,
        columns: columns.peek(),
      };
      const isRefresh = refreshes.value !== refreshed;
      refreshed = refreshes.value;
      const { at, after } = isRefresh ? scroll.keepPlace() : scroll.startPlace;
      void loader.start(question, at).then((isDone) => isDone && after());
    });
  }, []);
  // Preact skips `useEffect` of a component that is gone before its first frame, as at a sign-in.
  useLayoutEffect(() => stop, []);
}
