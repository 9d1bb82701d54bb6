import { RECORD_BYTES_MAX } from '../../log/record.ts';
import { beginsWithObjectLine, type Entry, type EntryReader, elementTooLong, entryOfJson } from '../entries/entry.ts';
import { createJsonSplitter, type JsonPiece } from '../entries/json-splitter.ts';
import type { BodyFormat } from './log-format.ts';
import { ndjsonFormat } from './ndjson.ts';

/**
 * A body with a list of objects, or with objects one after the other, on one line or several: `at` is the place of the object.
 * A body whose first line is a whole object is NDJSON under the wrong name.
 */
export const jsonFormat: BodyFormat = {
  name: 'json',
  contentTypes: ['application/json'],
  readerFor: (begin, isWhole) =>
    beginsWithObjectLine(begin) ? ndjsonFormat.readerFor(begin, isWhole) : createJsonReader(),
};

function createJsonReader(): EntryReader {
  const splitter = createJsonSplitter();
  let at = 0;
  function* entries(pieces: Iterable<JsonPiece>): Generator<Entry> {
    for (const piece of pieces) {
      at++;
      if ('text' in piece) yield entryOfJson(at, piece.text);
      else if ('tooLong' in piece) yield elementTooLong(at, RECORD_BYTES_MAX);
      else yield { at, code: 'INVALID_JSON', reason: `${piece.broken}: nothing after it is read` };
    }
  }
  return { push: (chunk) => entries(splitter.push(chunk)), end: () => entries(splitter.end()) };
}
