import { parseDuration } from '../../../src/log/duration.ts';

/** Lengths of time as people type them. */

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
const UNITS: readonly [names: RegExp, ms: number][] = [
  [/^(ms|millis|milliseconds?)$/, 1],
  [/^(s|secs?|seconds?)$/, SECOND],
  [/^(m|mins?|minutes?)$/, MINUTE],
  [/^(h|hrs?|hours?)$/, HOUR],
  [/^(d|days?)$/, DAY],
  [/^(w|wks?|weeks?)$/, 7 * DAY],
  [/^(mo|months?)$/, 30 * DAY],
  [/^(y|yrs?|years?)$/, 365 * DAY],
];
const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)/y;

/** Reads `2h`, `90 minutes`, `1 h 30 min`, `3 days and 2 hours`, `PT15M`, in milliseconds; undefined for other text. */
export function readLength(text: string): number | undefined {
  const words = text
    .toLowerCase()
    .replaceAll(/,|\band\b/g, ' ')
    .trim();
  let sum = 0;
  let rest = words;
  while (rest !== '') {
    PART.lastIndex = 0;
    const part = PART.exec(rest);
    const unit = part && UNITS.find(([names]) => names.test(part[2]!));
    if (!unit) return parseDuration(text.trim().toUpperCase());
    sum += Number(part[1]) * unit[1];
    rest = rest.slice(part[0].length).trimStart();
  }
  return words === '' || sum === 0 ? undefined : Math.round(sum);
}

/** `hour`, `3 days`: as after "last", where one of a unit needs no number. */
export const readLastLength = (text: string): number | undefined =>
  readLength(text) ?? (/^[a-z]{2,}$/i.test(text.trim()) ? readLength(`1 ${text}`) : undefined);

const SHORT: readonly [unit: string, ms: number][] = [
  ['d', DAY],
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
  ['ms', 1],
];

/** As the API reads it: `1h30m`, `7d`. */
export function shortLength(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const [unit, size] of SHORT) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text || '0s';
}
