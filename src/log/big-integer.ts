import { compareText } from './text-comparison.ts';

// JSON keeps an integer beyond 2^53 - 1 as a string of its digits, because a double would change them (`keepDigits` in json.ts).
// In attributes such a string is compared as a number. All other stored numbers lie between the two constants.

/** The largest integer that JSON keeps as a number. A longer one, or a greater one of the same length, is a big integer. */
export const BIG_ABOVE = String(Number.MAX_SAFE_INTEGER);
export const BIG_BELOW = String(Number.MIN_SAFE_INTEGER);

const INTEGER = /^-?[1-9][0-9]{15,}$/;

export const isBigInteger = (text: string): boolean =>
  INTEGER.test(text) && compareMagnitude(text, isNegative(text) ? BIG_BELOW : BIG_ABOVE) > 0;

export const isNegative = (integer: string): boolean => integer.startsWith('-');

/** Compares the digits, so the length does not count as it would in a conversion. Both must be big integers. */
export function compareBigIntegers(a: string, b: string): number {
  if (isNegative(a) !== isNegative(b)) return isNegative(a) ? -1 : 1;
  return isNegative(a) ? compareMagnitude(b, a) : compareMagnitude(a, b);
}

/** Without leading zeros, and with the same sign, the longer one is farther from 0. */
const compareMagnitude = (a: string, b: string): number => a.length - b.length || compareText(a, b);
