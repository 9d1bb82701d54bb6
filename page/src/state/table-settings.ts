import { computed } from '@preact/signals';
import { COLUMNS_MAX, columnsOf, columnsText, moved } from '../text/columns.ts';
import { storedSignal } from './stored.ts';
import { go, urlValue } from './url.ts';

const named = urlValue('columns');

/** The columns of the table, by their names. */
export const columns = computed(() => columnsOf(named.value));

const show = (names: readonly string[]): void => go({ columns: columnsText(names) });

export const hasColumn = (name: string): boolean => columns.value.includes(name);

/** Beyond the limit nothing is added. */
export function addColumn(name: string): void {
  const names = columns.peek();
  if (names.includes(name) || names.length === COLUMNS_MAX) return;
  // The message takes the room that is left: it stays the last.
  show(names.at(-1) === 'message' ? names.toSpliced(-1, 0, name) : [...names, name]);
}
export const removeColumn = (name: string): void => show(columns.peek().filter((one) => one !== name));
export const moveColumn = (name: string, to: number): void => show(moved(columns.peek(), name, to));

/** Pixels, by the names of columns. */
export const widths = storedSignal<Readonly<Record<string, number>>>('columnWidths', {});
export const WIDTH_MIN = 40;
const WIDTH_MAX = 4000;
/** Widths that are remembered: those of columns that were changed last. */
const WIDTHS_MAX = 100;

export function setWidth(name: string, px: number): void {
  const { [name]: _, ...others } = widths.peek();
  const kept = Object.entries(others).slice(1 - WIDTHS_MAX);
  widths.value = { ...Object.fromEntries(kept), [name]: Math.round(Math.min(Math.max(px, WIDTH_MIN), WIDTH_MAX)) };
}

const WIDTHS: Readonly<Record<string, number>> = { time: 190, level: 78, service: 130, message: 320 };
const WIDTH_DEFAULT = 150;
export const widthOf = (name: string): number => widths.value[name] ?? WIDTHS[name] ?? WIDTH_DEFAULT;

/** Long messages take several lines. */
export const wraps = storedSignal('wrap', false);
/** Rows with less room between them. */
export const isDense = storedSignal('dense', false);
