import { parseJson } from '../../log/json.ts';
import { beginsWithObjectLine, type Entry, entryOf, invalidJson } from '../entries/entry.ts';
import type { BodyFormat } from './log-format.ts';
import { ndjsonFormat } from './ndjson.ts';

/**
 * A body with one JSON object, or an array of objects: `at` is the place in the array. The body must be held whole, except if
 * its first line is a whole object: then it is NDJSON under the wrong name.
 */
export const jsonFormat: BodyFormat = {
  name: 'json',
  contentTypes: ['application/json'],
  readWhole: readJson,
  readerFor: (begin) => (beginsWithObjectLine(begin) ? ndjsonFormat.readerFor(begin) : undefined),
};

function* readJson(body: readonly Uint8Array[]): Generator<Entry> {
  const text = Buffer.concat(body)
    .toString()
    .replace(/^\ufeff/, '');
  if (text.trim() === '') return;
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (beginsWithObjectLine(text)) yield* ndjsonFormat.readWhole(body);
    else yield invalidJson(1, error, text.trimStart());
    return;
  }
  const values = Array.isArray(value) ? value : [value];
  const size = text.length / (values.length || 1);
  for (let i = 0; i < values.length; i++) yield entryOf(i + 1, size, values[i]);
}
