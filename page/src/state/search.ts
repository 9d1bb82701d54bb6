import { batch, computed, signal } from '@preact/signals';
import type { LogFilter, TimeRangeInput } from '../api/documents.ts';
import { rfc3339 } from '../text/clock.ts';
import { ALL_TIME, rangeOfWord, WORDS } from '../text/time-text.ts';
import { go, urlValue } from './url.ts';
import { offset } from './zone.ts';

const q = urlValue('q');
const last = urlValue('last');
const from = urlValue('from');
const to = urlValue('to');

/** What is searched. Every view reads it; only `go` changes it. */
export const query = computed(() => q.value ?? '');

/** The range that is shown where the URL names none. */
export const LAST_DEFAULT = '1d';

/** Counts up at each refresh: what reads it asks again, and a range that ends now ends later. */
export const refreshes = signal(0);
/** Counts up when records are to be counted anew: at each refresh, and while new ones come in live. */
export const recounts = signal(0);
export const recount = (): void => {
  recounts.value += 1;
};
export const refresh = (): void =>
  batch(() => {
    refreshes.value += 1;
    recount();
  });

export const filter = computed<LogFilter | null>(() => (query.value.trim() === '' ? null : { query: query.value }));

/** Null: all time. A relative range stays relative: the server reads its clock. `today` and its like are by the clock of this browser. */
export const time = computed<TimeRangeInput | null>(() => {
  if (from.value !== undefined || to.value !== undefined) return { from: from.value ?? null, to: to.value ?? null };
  if (last.value === ALL_TIME) return null;
  if (last.value !== undefined && WORDS.includes(last.value)) {
    refreshes.value;
    const { from: start, to: end } = rangeOfWord(last.value, { now: Date.now(), offset: offset.value });
    return { from: rfc3339(start), to: end === null ? null : rfc3339(end) };
  }
  return { last: last.value ?? LAST_DEFAULT };
});

export const search = (text: string): void => go({ q: text, record: undefined });
export const showLast = (duration: string): void =>
  go({ last: duration === LAST_DEFAULT ? undefined : duration, from: undefined, to: undefined });
/** Both RFC 3339. */
export const showRange = (start: string, end: string): void => go({ last: undefined, from: start, to: end });
