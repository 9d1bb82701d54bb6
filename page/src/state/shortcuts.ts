import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export interface Shortcut {
  /** As `KeyboardEvent.key` has it: `l`, `?`, `Enter`, or two after each other: `g r`. */
  keys: string;
  /** What it does, for the list of `?`. */
  title: string;
  run: (event: KeyboardEvent) => void;
}

/** The shortcuts that work now: those of the page and of the open view, in the order in which they were added. */
export const shortcuts = signal<readonly Shortcut[]>([]);

/** How long the second key of two may take. */
const SECOND_KEY_MS = 1500;

/** Adds shortcuts while a component is shown. `list` must stay the same between renderings. */
export function useShortcuts(list: readonly Shortcut[]): void {
  useEffect(() => {
    shortcuts.value = [...shortcuts.value, ...list];
    return () => {
      shortcuts.value = shortcuts.value.filter((one) => !list.includes(one));
    };
  }, [list]);
}

let first: { key: string; at: number } | null = null;

addEventListener('keydown', (event) => {
  // A dialog takes all keys: what they would change is behind it.
  if (document.querySelector('dialog:modal')) return;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isForFocused(event)) return;
  const before = first !== null && event.timeStamp - first.at < SECOND_KEY_MS ? `${first.key} ` : '';
  // The newest one wins: a view may give a key another meaning.
  const found = shortcuts.value.findLast(({ keys }) => keys === before + event.key);
  first = null;
  if (found) {
    event.preventDefault();
    found.run(event);
  } else if (shortcuts.value.some(({ keys }) => keys.startsWith(`${event.key} `))) {
    first = { key: event.key, at: event.timeStamp };
  }
});

/** Whether the key is for what has the focus: a text field, a list of choices; Enter and space for buttons and links. */
function isForFocused({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if ((key === 'Enter' || key === ' ') && target.closest('a, button, summary')) return true;
  return target.isContentEditable || target.matches('input, textarea, select');
}
