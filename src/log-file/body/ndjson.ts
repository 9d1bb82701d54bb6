import { parseJson } from '../../log/json.ts';
import { createByLine } from './by-line.ts';
import { type Entry, type EntryReader, entryOf, invalidJson } from './entry.ts';

/** One JSON object a line. */
export const createNdjsonReader = (): EntryReader => createByLine(readLine);

function readLine(at: number, line: string): Entry {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    return invalidJson(at, error, line);
  }
  return entryOf(at, line.length, value);
}
