import { parseJson } from '../../log/json.ts';
import { entriesOf } from './by-line.ts';
import { type Entry, entryOf, invalidJson } from './entry.ts';
import { createNdjsonReader } from './ndjson.ts';

/**
 * One JSON object, or an array of them: `at` counts its elements. A body that is no JSON as a whole, and whose first line is
 * an object by itself, is NDJSON under the wrong name.
 */
export function* readJson(body: readonly Uint8Array[]): Generator<Entry> {
  const text = Buffer.concat(body)
    .toString()
    .replace(/^\ufeff/, '');
  if (text.trim() === '') return;
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (beginsWithObjectLine(text)) yield* entriesOf(createNdjsonReader(), body);
    else yield invalidJson(1, error, text.trimStart());
    return;
  }
  const values = Array.isArray(value) ? value : [value];
  const size = text.length / (values.length || 1);
  for (let i = 0; i < values.length; i++) yield entryOf(i + 1, size, values[i]);
}

/** Whether the first line that is not blank is a whole JSON object. */
export function beginsWithObjectLine(text: string): boolean {
  const line = /^\s*(\{.*\})[ \t\r]*(?:\n|$)/.exec(text)?.[1];
  try {
    return line !== undefined && typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
