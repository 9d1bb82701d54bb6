import { type AnsiStyle, ansiParts } from './ansi.ts';
import { matchesIn } from './matches.ts';

/** A piece of a record's text as it is shown. */
export interface Piece {
  text: string;
  style: AnsiStyle | null;
  /** A word of the search. */
  match: boolean;
  /** A sign in place of a character that nobody would see, or that would change the order of others. */
  sign: boolean;
}

/**
 * Control characters but for tab and line break; marks that have no width; marks that change the direction of text. Those that join
 * letters and emoji (U+200C, U+200D) stay.
 */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const LINE_BREAKS = /\r\n?|\n/g;

/** A text of a record in pieces: colours of terminals, words of the search, and signs for what cannot be seen. */
export function piecesOf(text: string, words: readonly string[] = []): Piece[] {
  const pieces: Piece[] = [];
  for (const part of ansiParts(text.replace(LINE_BREAKS, '\n'))) {
    let at = 0;
    for (const [start, end] of matchesIn(part.text, words)) {
      addShown(pieces, part.text.slice(at, start), part.style, false);
      addShown(pieces, part.text.slice(start, end), part.style, true);
      at = end;
    }
    addShown(pieces, part.text.slice(at), part.style, false);
  }
  return pieces;
}

function addShown(pieces: Piece[], text: string, style: AnsiStyle | null, match: boolean): void {
  let at = 0;
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    if (index > at) pieces.push({ text: text.slice(at, index), style, match, sign: false });
    pieces.push({ text: signOf(character.charCodeAt(0)), style, match, sign: true });
    at = index + 1;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), style, match, sign: false });
}

/** `␀` for NUL, as Unicode has a picture for each of the first; `U+202E` for others. */
function signOf(code: number): string {
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The text as signs alone, for a place that shows no pieces: a title, an attribute's name. */
export const shownText = (text: string): string =>
  piecesOf(text)
    .map((piece) => piece.text)
    .join('');
