import { computed, effect, signal } from '@preact/signals';
import type { Clocks } from '../text/instant-text.ts';
import { shifted } from '../text/range.ts';
import type { TimeRange } from '../text/time-text.ts';
import { LAST_DEFAULT, showLast } from './search.ts';
import { go, urlValue } from './url.ts';
import { offset } from './zone.ts';

const [last, from, to] = [urlValue('last'), urlValue('from'), urlValue('to')];

/** The shown range, as the URL has it. */
export const range = computed<TimeRange>(() =>
  from.value === undefined && to.value === undefined
    ? { last: last.value ?? LAST_DEFAULT }
    : { from: from.value, to: to.value },
);

export const clocks = (): Clocks => ({ now: Date.now(), offset: offset.value });

export function show(next: TimeRange): void {
  if ('last' in next) showLast(next.last);
  else go({ last: undefined, from: next.from, to: next.to });
}

/** Shows the range before the shown one, or the one after it. */
export function shift(direction: -1 | 1): void {
  const next = shifted(range.value, direction, clocks());
  if (next) show(next);
}

/** Ranges that were shown before, the newest last. */
const before = signal<readonly TimeRange[]>([]);
const BEFORE_MAX = 50;
const same = (one: TimeRange | undefined, other: TimeRange): boolean => JSON.stringify(one) === JSON.stringify(other);

let shown = range.peek();
effect(() => {
  const next = range.value;
  if (same(next, shown)) return;
  const ranges = before.peek();
  // The browser's "back" goes to the newest one too.
  before.value = same(ranges.at(-1), next) ? ranges.slice(0, -1) : [...ranges, shown].slice(-BEFORE_MAX);
  shown = next;
});

/** The range that was shown before this one. */
export const rangeBefore = computed<TimeRange | undefined>(() => before.value.at(-1));
export function showRangeBefore(): void {
  if (rangeBefore.value) show(rangeBefore.value);
}
