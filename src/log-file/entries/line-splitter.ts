import { type ByteLine, createByteLines } from './byte-lines.ts';

export { LINE_BYTES_MAX } from './byte-lines.ts';

/** A line without its end (`\n` or `\r\n`). Null for a line that is too long: its bytes are dropped. */
export type Line = string | null;

/** `ByteLines` as text. Bytes that are not UTF-8 become U+FFFD: a replacement loses less than a rejection. */
interface LineSplitter {
  push(chunk: Uint8Array): Line[];
  /** The last line, if nothing ended it. */
  end(): Line[];
}

export function createLineSplitter(lineBytesMax?: number): LineSplitter {
  const lines = createByteLines(lineBytesMax);
  return {
    push: (chunk) => lines.push(chunk).map(textOf),
    end: () => lines.end().map(textOf),
  };
}

const textOf = (line: ByteLine): Line => line?.bytes.toString('utf8', line.from, line.to) ?? null;
