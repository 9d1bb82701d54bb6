import { storedSignal } from '../../state/stored.ts';

const TEXTS_MAX = 50;
/** A longer text is a paste, not a search that somebody looks for again. */
const LENGTH_MAX = 1000;

/** What this browser searched, the newest first. */
export const searched = storedSignal<readonly string[]>('searched', []);

export function remember(text: string): void {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > LENGTH_MAX) return;
  searched.value = [trimmed, ...searched.peek().filter((other) => other !== trimmed)].slice(0, TEXTS_MAX);
}

export const forgetSearched = (): void => {
  searched.value = [];
};
