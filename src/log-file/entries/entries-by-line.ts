import { type ByteLine, createByteLines, LINE_BYTES_MAX } from './byte-lines.ts';
import { type Entry, type EntryReader, lineTooLong, type Made, type ReadLine } from './entry.ts';

const BLANK = /^\s*$/;

/** Makes readers of bodies in which every line is an entry, except blank lines. */
export const bodyByLine = (entryOfLine: (at: number, line: string) => Entry) => (): EntryReader =>
  createLineReader<never>(entryOfLine);

/** Lines that `readLine` does not read are read as text. */
export function createLineReader<M extends Made = never>(
  entryOfLine: (at: number, line: string) => Entry,
  readLine?: ReadLine<M>,
): EntryReader<Entry | M> {
  const lines = createByteLines();
  let at = 0;
  function* entries(found: ByteLine[]): Generator<Entry | M> {
    for (const line of found) {
      at++;
      if (line === null) {
        yield lineTooLong(at, LINE_BYTES_MAX);
        continue;
      }
      const { bytes, from, to } = line;
      const made = readLine?.(bytes, from, to, at);
      if (made) yield made;
      else {
        const text = bytes.toString('utf8', from, to);
        if (!BLANK.test(text)) yield entryOfLine(at, text);
      }
    }
  }
  return {
    push: (chunk) => entries(lines.push(chunk)),
    end: () => entries(lines.end()),
  };
}
