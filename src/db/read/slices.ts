import { microsOf, timestampFromMicros } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';

/** Equal parts of a span of time. Each gives a slice of the same width. */
export const PARTS = 500;
/** Places that are multiples of it, without their whole number, are spread evenly: no two parts begin in step with a clock. */
export const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Slices of a span, one of each part, sorted by time. `from` and `to`, 0 to 1, say which share of each part: slices of different
 * shares are disjoint, and shares from 0 to 1 cover the span. The slice of a part begins at a place of its own, and one that
 * reaches beyond the part's end goes on at its beginning.
 */
export function slicesOf(span: TimeSpan, from: number, to: number): TimeSpan[] {
  if (from === 0 && to === 1) return [span];
  const start = microsOf(span.from);
  const length = Number(microsOf(span.to) - start);
  const instant = (place: number): bigint => start + BigInt(Math.floor((place / PARTS) * length));
  return Array.from({ length: PARTS }, (_, part) => {
    const offset = (part * GOLDEN_RATIO) % 1;
    const [first, last] = [offset + from, offset + to];
    const pieces: (readonly [number, number])[] =
      last <= 1
        ? [[first, last]]
        : first >= 1
          ? [[first - 1, last - 1]]
          : [
              [0, last - 1],
              [first, 1],
            ];
    return pieces.map(([a, b]) => [instant(part + a), instant(part + b)] as const);
  })
    .flat()
    .filter(([a, b]) => a < b)
    .map(([a, b]) => ({ from: timestampFromMicros(a)!, to: timestampFromMicros(b)! }));
}
