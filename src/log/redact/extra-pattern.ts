import { slowness } from '../patterns/growth.ts';

export const EXTRA_PATTERNS_MAX = 20;
const PATTERN_LENGTH_MAX = 200;
/** Characters of the shortest hostile text that a pattern is tried with. */
const TRIED_CHARACTERS = 2000;

/**
 * Why a regular expression of the settings cannot be used; undefined if it can. It runs over the text of every record, so its
 * time must not grow faster than the text.
 */
export function extraPatternProblem(source: string): string | undefined {
  if (source.length > PATTERN_LENGTH_MAX) return `it has more than ${PATTERN_LENGTH_MAX} characters`;
  try {
    const pattern = new RegExp(source, 'g');
    if (pattern.test('')) return 'it matches the empty text';
    const found = slowness(pattern, TRIED_CHARACTERS);
    return found && `it backtracks: ${found}`;
  } catch (error) {
    return (error as Error).message;
  }
}
