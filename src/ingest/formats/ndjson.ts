import { parseJson } from '../../log/json.ts';
import { LINE_BYTES_MAX, linesOf } from '../lines.ts';
import { type Entry, entryOf, invalidJson, lineTooLong } from './entry.ts';

const BLANK = /^\s*$/;

/** One JSON object a line; blank lines are skipped. */
export function* readNdjson(body: Iterable<Uint8Array>): Generator<Entry> {
  let at = 0;
  for (const line of linesOf(body)) {
    at++;
    if (line === null) yield lineTooLong(at, LINE_BYTES_MAX);
    else if (!BLANK.test(line)) yield readLine(at, line);
  }
}

function readLine(at: number, line: string): Entry {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    return invalidJson(at, error, line);
  }
  return entryOf(at, line.length, value);
}
