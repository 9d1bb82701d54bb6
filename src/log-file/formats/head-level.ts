import { severityOfWord } from '../../log/level.ts';

export interface HeadLevel {
  severityNumber: number;
  /** The text without the level's word. All of the text where the word says more than a level: `panic: nil map`. */
  rest: string;
}

/** `[error] x`, `<error> x`, `(error): x`, also padded: `[WARN ] x`. */
const ENCLOSED = /^[[<(] {0,8}([A-Za-z]{1,13}) {0,8}[\]>)][:,]?(?: (?:[-|] )?|$)/;
/** `ERROR: x`, `error - x`, `error | x`. */
const POINTED = /^([A-Za-z]{1,13})(?: ?: ?|:$| (?:-|\|) )/;
/** `ERROR x`. In lower case, the word begins a sentence. */
const BARE = /^([A-Z]{3,13})(?:[ \t]|$)/;

/** Words that name a level in its own place. At the head of a text, they name a module, or begin a sentence. */
const NO_HEAD = new Set(['ALL', 'LOG', 'HTTP', 'CONFIG', 'SILLY', 'SUCCESS', 'FAILURE', 'FAIL', 'OFF', 'FINE']);
/** Letters that programs write as a level alone, like apt: `E: Unable to locate package`. */
const POINTED_LETTERS = new Set(['E', 'W']);
/** Go's panics, and the class of errors that most languages have: the word belongs to the message. */
export const keepsLevel = (text: string): boolean => text.startsWith('panic:') || text.startsWith('Error:');

/** The level that a text without a place for a level names at its head. Undefined if it names none: `Error while reading`. */
export function headLevel(text: string): HeadLevel | undefined {
  const enclosed = ENCLOSED.exec(text);
  const found = enclosed ?? POINTED.exec(text) ?? BARE.exec(text);
  const word = found?.[1];
  if (!word) return undefined;
  const isPointed = !enclosed && /[:|-]/.test(found[0]);
  if (word.length === 1 && !enclosed && !(POINTED_LETTERS.has(word) && found[0].endsWith(': '))) return undefined;
  if (!(isPointed && word === 'fail') && NO_HEAD.has(word.toUpperCase())) return undefined;
  const severityNumber = severityOfWord(word);
  if (severityNumber === undefined) return undefined;
  return { severityNumber, rest: keepsLevel(text) ? text : text.slice(found[0].length).trimStart() };
}
