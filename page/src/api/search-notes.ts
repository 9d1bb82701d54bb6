import { signal } from '@preact/signals';
import type { ApiError } from './ask.ts';

/** What the server said of a search text, in any of its answers. */
export interface SearchNote {
  hints: readonly string[];
  /** Its syntax. `column` counts characters from 1. */
  error: { message: string; column: number } | null;
}

/** Of the newest texts, by the text. */
export const searchNotes = signal<ReadonlyMap<string, SearchNote>>(new Map());
const TEXTS_MAX = 16;
const HINTS_MAX = 10;

/** Keeps what an answer says of the search text of its question, for the search box. */
export function noteAnswer(variables: unknown, hints: readonly string[], error: ApiError | null): void {
  const text = (variables as { filter?: { query?: unknown } | null }).filter?.query;
  if (typeof text !== 'string') return;
  const before = searchNotes.peek();
  const known = before.get(text);
  const column = error?.code === 'QUERY_SYNTAX' ? Number(error.extensions.column) : null;
  const note: SearchNote = {
    hints: [...new Set([...(known?.hints ?? []), ...hints])].slice(0, HINTS_MAX),
    error: error && column !== null ? { message: error.message, column } : null,
  };
  if (JSON.stringify(note) === JSON.stringify(known)) return;
  const newest = [...before].filter(([other]) => other !== text).slice(1 - TEXTS_MAX);
  searchNotes.value = new Map([...newest, [text, note]]);
}
