import { createLineSplitter, LINE_BYTES_MAX, type Line } from '../lines.ts';
import { type Entry, type EntryReader, lineTooLong } from './entry.ts';

const BLANK = /^\s*$/;

/** A format whose every line is an entry; blank lines are skipped. */
export function createByLine(entryOfLine: (at: number, line: string) => Entry): EntryReader {
  const splitter = createLineSplitter();
  let at = 0;
  function* entries(lines: Line[]): Generator<Entry> {
    for (const line of lines) {
      at++;
      if (line === null) yield lineTooLong(at, LINE_BYTES_MAX);
      else if (!BLANK.test(line)) yield entryOfLine(at, line);
    }
  }
  return { push: (chunk) => entries(splitter.push(chunk)), end: () => entries(splitter.end()) };
}

/** All entries of a body that is there whole. */
export function* entriesOf(reader: EntryReader, body: Iterable<Uint8Array>): Generator<Entry> {
  for (const chunk of body) yield* reader.push(chunk);
  yield* reader.end();
}
