import { masked, WILDCARD } from './mask.ts';

/** Tokens of a line that are looked at. */
const TOKENS_MAX = 100;

/** `gaps[i]` is the white space between `tokens[i]` and the next one. */
export interface MaskedLine {
  tokens: string[];
  gaps: string[];
}

/**
 * The first line of a message that is not blank, masked. A wildcard at its end stands for what is left out. `lengthMax`:
 * characters of the message that are looked at.
 */
export function maskedLine(message: string, lengthMax: number): string {
  const isLong = message.length > lengthMax;
  const text = message.slice(0, lengthMax).trim();
  const end = text.search(/[\r\n]/);
  if (end === -1 && !isLong) return masked(text);
  const line = end === -1 ? withoutLastWord(text) : text.slice(0, end);
  return `${masked(line)} ${WILDCARD}`;
}

/** It may be cut. */
const withoutLastWord = (text: string): string =>
  text.slice(0, Math.max(0, text.lastIndexOf(' '), text.lastIndexOf('\t')));

export function splitLine(line: string): MaskedLine {
  const parts = line.trim().split(/(\s+)/);
  const tokens = parts.filter((_, i) => i % 2 === 0);
  const gaps = parts.filter((_, i) => i % 2 === 1);
  if (tokens.length <= TOKENS_MAX) return { tokens, gaps };
  return { tokens: [...tokens.slice(0, TOKENS_MAX), WILDCARD], gaps: gaps.slice(0, TOKENS_MAX) };
}
