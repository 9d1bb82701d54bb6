import { LINE_BYTES_MAX, linesOf } from '../lines.ts';
import { type Entry, lineTooLong } from './entry.ts';

const BLANK = /^\s*$/;

/** Every line that is not blank is a record's message. */
export function* readText(body: Iterable<Uint8Array>): Generator<Entry> {
  let at = 0;
  for (const line of linesOf(body)) {
    at++;
    if (line === null) yield lineTooLong(at, LINE_BYTES_MAX);
    else if (!BLANK.test(line)) yield { at, size: line.length, draft: { message: line } };
  }
}
