import type { Draft } from '../log/record.ts';
import { busiestHour, type Span } from './rhythm.ts';

/** Words in the messages of seeded records, for searches that find many or few records. */
export const WORDS = {
  /** In `RARE_RECORDS` records, spread evenly over all of them. */
  rare: 'quetzal',
  /** Inside a longer word, in `RARE_RECORDS` records, spread evenly as well. */
  substring: 'k7vq9z',
  /** In every second record of the busiest hour of the middle day, and nowhere else. */
  busyHour: 'failover',
  /** In about every second record. */
  common: 'request',
} as const;

/** Fewer if there are fewer records in all. */
export const RARE_RECORDS = 200;

/** Puts the words into the message of the `index`th record from the oldest. */
export function createMarker(rows: number, span: Span): (draft: Draft, index: number, atMs: number) => void {
  const hour = busiestHour(span);
  const wanted = Math.min(RARE_RECORDS, rows);
  const isOneOf = (index: number): boolean =>
    Math.floor(((index + 1) * wanted) / rows) > Math.floor((index * wanted) / rows);
  return (draft, index, atMs) => {
    if (index % 2 === 0 && atMs >= hour.fromMs && atMs < hour.toMs) draft.message += `, after ${WORDS.busyHour}`;
    if (isOneOf(index)) draft.message += ` (${WORDS.rare})`;
    // Half-way between the records with the rare word.
    if (isOneOf((index + Math.floor(rows / wanted / 2)) % rows)) draft.message += ` by job-3f${WORDS.substring}81`;
  };
}
