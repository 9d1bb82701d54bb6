import { type Entry, type EntryReader, lineTooLong } from './entry.ts';
import { createLineSplitter, LINE_BYTES_MAX, type Line } from './line-splitter.ts';

const BLANK = /^\s*$/;

/** Makes readers of bodies in which every line is an entry, except blank lines. */
export const bodyByLine = (entryOfLine: (at: number, line: string) => Entry) => (): EntryReader =>
  createReader(entryOfLine);

function createReader(entryOfLine: (at: number, line: string) => Entry): EntryReader {
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
