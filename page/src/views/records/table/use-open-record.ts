import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { ask } from '../../../api/ask.ts';
import { RecordPlaceDocument } from '../../../api/documents.ts';
import { filter, time } from '../../../state/search.ts';
import { urlValue } from '../../../state/url.ts';
import { findRow } from './chunks.ts';
import { order } from './order.ts';
import type { RecordLoader } from './record-loader.ts';
import type { Scroll } from './scroll.ts';

const record = urlValue('record');
/** Where a record that a link opens is put: below the header and a few rows. */
const OFFSET_PX = 120;

/**
 * Brings the record that the URL names into the table, wherever it is in the list.
 *
 * @returns the id of an open record that the search does not find, or that is in another time: it has no row
 */
export function useOpenRecord(loader: RecordLoader, scroll: Scroll): ReadonlySignal<string | null> {
  /** Which record of which list. */
  const wanted = useComputed(() => JSON.stringify([record.value, filter.value, time.value, order.value]));
  /** It was in the list: its row may not be in memory now. */
  const placed = useSignal<string | null>(null);
  const without = useSignal<string | null>(null);
  useSignalEffect(() => {
    const id = record.value;
    const now = wanted.value;
    if (id === undefined || loader.loading.value || now === placed.peek() || now === without.peek()) return;
    if (findRow(loader.list.peek(), (row) => row.id === id)) {
      placed.value = now;
      scroll.reveal(id);
      return;
    }
    void locate(loader, id).then((isThere) => {
      // Null: the list is another one by now, and this is done again for it.
      if (isThere === null || wanted.peek() !== now) return;
      if (!isThere) without.value = now;
      else {
        placed.value = now;
        scroll.reveal(id, { offset: OFFSET_PX });
      }
    });
  });
  return useComputed(() => (without.value === wanted.value ? (record.value ?? null) : null));
}

async function locate(loader: RecordLoader, id: string): Promise<boolean | null> {
  try {
    const { node } = (await ask(RecordPlaceDocument, { id })).data;
    return node && 'cursor' in node ? await loader.startAt({ cursor: node.cursor, id }) : false;
  } catch {
    return false;
  }
}
