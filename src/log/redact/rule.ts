/** A kind of secret, and how it looks in text. */
export interface Rule {
  /** `[redacted:kind]` takes its place. */
  kind: string;
  /** With the flag `g`. Its time must not grow faster than the text: `test/unit/pattern-growth`. */
  pattern: RegExp;
  /**
   * Pairs of ASCII characters, one of which each match has: rare ones, so that the pattern seldom runs. `digits`: it has as
   * many digits as a card number.
   */
  pairs: readonly string[] | 'digits';
  /** Looks closer at a match that begins at `at`. `kept`: the pattern's group. A text is the kind to show. */
  isSecret?(match: string, kept: string, text: string, at: number): boolean | string | undefined;
}

export const redacted = (kind: string): string => `[redacted:${kind}]`;
