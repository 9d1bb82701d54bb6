import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { ask } from '../../../api/ask.ts';
import { RecordPlaceDocument } from '../../../api/documents.ts';
import { urlValue } from '../../../state/url.ts';
import { findRow } from './chunks.ts';
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
  /** It was in the list: its row may not be in memory now. */
  const placed = useSignal<string | null>(null);
  const without = useSignal<string | null>(null);
  useSignalEffect(() => {
    const id = record.value;
    if (id === undefined || loader.loading.value || id === placed.peek() || id === without.peek()) return;
    if (findRow(loader.list.peek(), (row) => row.id === id)) placed.value = id;
    else
      void locate(loader, id).then((isThere) => {
        if (record.peek() !== id) return;
        if (!isThere) without.value = id;
        else {
          placed.value = id;
          scroll.reveal(id, { offset: OFFSET_PX });
        }
      });
  });
  return useComputed(() => (without.value === record.value ? without.value : null));
}

async function locate(loader: RecordLoader, id: string): Promise<boolean> {
  try {
    const { node } = (await ask(RecordPlaceDocument, { id })).data;
    return node && 'cursor' in node ? await loader.startAt({ cursor: node.cursor, id }) : false;
  } catch {
    return false;
  }
}
