import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { useShortcuts } from '../../../state/shortcuts.ts';
import { go, urlValue } from '../../../state/url.ts';
import { showSurroundings } from '../record/surroundings.tsx';
import { excludeFocused } from '../record/value-menu.tsx';
import { type Found, findRow, neighbourOf } from './chunks.ts';
import type { RecordLoader } from './record-loader.ts';
import type { Row } from './row.ts';
import type { Scroll } from './scroll.ts';

const record = urlValue('record');

export interface RowKeys {
  /** To the next row (1) or the one before (-1). An open record stays open: the next one. */
  move: (step: 1 | -1) => void;
  toError: (step: 1 | -1) => void;
  openOrClose: () => void;
  toEdge: (edge: 'start' | 'end') => Promise<void>;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** The keys of the table: they move from row to row, and open one. */
export function useRowKeys(loader: RecordLoader, scroll: Scroll, active: Signal<string | null>): RowKeys {
  const keys = useMemo(() => createRowKeys(loader, scroll, active), []);
  useShortcuts(
    useMemo(
      () => [
        { keys: 'j', title: 'Next record', run: () => keys.move(1) },
        { keys: 'k', title: 'Previous record', run: () => keys.move(-1) },
        { keys: 'Enter', title: 'Open or close the record', run: keys.openOrClose },
        { keys: 'e', title: 'Next error', run: () => keys.toError(1) },
        { keys: 'c', title: 'Surroundings of the open record', run: showSurroundings },
        { keys: 'x', title: 'Exclude the value that has the focus', run: excludeFocused },
        { keys: 'E', title: 'Previous error', run: () => keys.toError(-1) },
      ],
      [],
    ),
  );
  return keys;
}

const WAITING_MAX = 3;

function createRowKeys(loader: RecordLoader, scroll: Scroll, active: Signal<string | null>): RowKeys {
  const present = (): Found<Row> | null =>
    findRow(loader.list.peek(), (row) => row.id === (record.peek() ?? active.peek())) ??
    findRow(loader.list.peek(), (row) => row.id === active.peek());

  function goTo(row: Row): void {
    active.value = row.id;
    if (record.peek() !== undefined) go({ record: row.id }, { replace: true });
    scroll.reveal(row.id, { focus: true });
  }

  function move(step: 1 | -1): void {
    const at = present();
    const row = at ? neighbourOf(loader.list.peek(), at, step) : loader.list.peek().chunks[0]?.rows?.[0];
    if (row) goTo(row);
  }

  async function findError(step: 1 | -1): Promise<void> {
    const found = await loader.find({ hasError: true }, present()?.row.cursor, step);
    if (!found) return;
    const isThere = findRow(loader.list.peek(), (row) => row.id === found.id) !== null;
    if (isThere || (await loader.startAt({ cursor: found.cursor }))) goTo(found);
  }

  /** One after the other, each from where the one before has led to. Of a key that is held, few wait. */
  let finding = Promise.resolve();
  let waiting = 0;
  function toError(step: 1 | -1): void {
    if (waiting === WAITING_MAX) return;
    waiting += 1;
    finding = finding
      .then(() => findError(step))
      .catch(() => {})
      .finally(() => {
        waiting -= 1;
      });
  }

  function openOrClose(): void {
    const row = present()?.row;
    if (row) go({ record: row.id === record.peek() ? undefined : row.id });
  }

  async function toEdge(edge: 'start' | 'end'): Promise<void> {
    const { before, after } = loader.list.peek();
    if ((edge === 'start' ? before : after) && !(await loader.startAt(edge))) return;
    const row = loader.list
      .peek()
      .chunks.at(edge === 'start' ? 0 : -1)
      ?.rows?.at(edge === 'start' ? 0 : -1);
    if (row) {
      active.value = row.id;
      scroll.reveal(row.id, { focus: true });
    }
    scroll.toEdge(edge);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(event.target instanceof HTMLElement) || !event.target.matches('[data-id]')) return;
    const action = ACTIONS[event.key];
    if (!action) return;
    event.preventDefault();
    action({ move, toError, openOrClose, toEdge });
  }

  return { move, toError, openOrClose, toEdge, onKeyDown };
}

const ACTIONS: Readonly<Record<string, (keys: Omit<RowKeys, 'onKeyDown'>) => void>> = {
  ArrowDown: ({ move }) => move(1),
  ArrowUp: ({ move }) => move(-1),
  Enter: ({ openOrClose }) => openOrClose(),
  ' ': ({ openOrClose }) => openOrClose(),
  Home: ({ toEdge }) => void toEdge('start'),
  End: ({ toEdge }) => void toEdge('end'),
};
