import { RECORD_BYTES_MAX } from '../../log/record.ts';
import { type Entry, type EntryReader, elementTooLong } from './entry.ts';
import { createJsonSplitter, type JsonPiece } from './json-splitter.ts';

/** Makes readers of bodies that are a list of objects, or objects one after the other: each is an entry. */
export const bodyOfJson = (entryOfText: (at: number, text: string) => Entry) => (): EntryReader => {
  const splitter = createJsonSplitter();
  let at = 0;
  function* entries(pieces: Iterable<JsonPiece>): Generator<Entry> {
    for (const piece of pieces) {
      at++;
      if ('text' in piece) yield entryOfText(at, piece.text);
      else if ('tooLong' in piece) yield elementTooLong(at, RECORD_BYTES_MAX);
      else yield { at, code: 'INVALID_JSON', reason: `${piece.broken}: nothing after it is read` };
    }
  }
  return { push: (chunk) => entries(splitter.push(chunk)), end: () => entries(splitter.end()) };
};
