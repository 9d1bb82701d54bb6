import { RECORD_BYTES_MAX } from '../../log/record.ts';

export const LINE_BYTES_MAX = RECORD_BYTES_MAX;
/** Bytes decoded at once: enough to be fast, and few enough that a line does not keep a much larger text in memory. */
const SLICE_BYTES = 256 * 1024;
const LF = 0x0a;
const CR = 0x0d;

/** A line without its end (`\n` or `\r\n`). Null for a line that is too long: its bytes are dropped. */
export type Line = string | null;

/**
 * Splits bytes, which arrive in chunks of any length, into lines. Bytes that are not UTF-8 become U+FFFD: a replacement loses
 * less than a rejection. A byte order mark at the start is dropped.
 */
interface LineSplitter {
  push(chunk: Uint8Array): Line[];
  /** The last line, if nothing ended it. */
  end(): Line[];
}

export function createLineSplitter(lineBytesMax = LINE_BYTES_MAX): LineSplitter {
  const sliceBytes = Math.min(SLICE_BYTES, lineBytesMax);
  let held: Buffer[] = [];
  let heldBytes = 0;
  let atStart = true;

  const hold = (bytes: Buffer): void => {
    heldBytes += bytes.length;
    if (heldBytes > lineBytesMax) held = [];
    else if (bytes.length > 0) held.push(bytes);
  };
  const release = (): Line => {
    const line = heldBytes > lineBytesMax ? null : withoutEnd(Buffer.concat(held).toString());
    held = [];
    heldBytes = 0;
    return line;
  };
  const take = (slice: Buffer, lines: Line[]): void => {
    const last = slice.lastIndexOf(LF);
    let from = 0;
    if (last >= 0 && heldBytes > 0) {
      const first = slice.indexOf(LF);
      hold(slice.subarray(0, first));
      lines.push(release());
      from = first + 1;
    }
    if (from <= last) for (const text of slice.toString('utf8', from, last).split('\n')) lines.push(withoutEnd(text));
    hold(slice.subarray(last + 1));
  };
  const begun = (lines: Line[]): Line[] => {
    if (atStart && lines.length > 0) {
      atStart = false;
      if (lines[0]?.startsWith('\ufeff')) lines[0] = lines[0].slice(1);
    }
    return lines;
  };

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const lines: Line[] = [];
      for (let at = 0; at < bytes.length; at += sliceBytes) take(bytes.subarray(at, at + sliceBytes), lines);
      return begun(lines);
    },
    end: () => begun(heldBytes > 0 ? [release()] : []),
  };
}

const withoutEnd = (text: string): string => (text.charCodeAt(text.length - 1) === CR ? text.slice(0, -1) : text);
