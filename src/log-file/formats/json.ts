import { beginsWithObjectLine, entryOfJson } from '../entries/entry.ts';
import { bodyOfJson } from '../entries/json-entries.ts';
import type { BodyFormat } from './log-format.ts';
import { ndjsonFormat } from './ndjson.ts';

/**
 * A body with a list of objects, or with objects one after the other, on one line or several: `at` is the place of the object.
 * A body whose first line is a whole object is NDJSON under the wrong name.
 */
export const jsonFormat: BodyFormat = {
  name: 'json',
  contentTypes: ['application/json'],
  readerFor: (begin, isWhole, readLine) =>
    beginsWithObjectLine(begin) ? ndjsonFormat.readerFor(begin, isWhole, readLine) : objects(),
};

const objects = bodyOfJson(entryOfJson);
