import { RECORD_BYTES_MAX } from '../../log/record.ts';

export const LINE_BYTES_MAX = RECORD_BYTES_MAX;
const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Where the bytes of a line are, without its end (`\n` or `\r\n`). Null for a line that is too long: its bytes are dropped. */
export type ByteLine = { bytes: Buffer; from: number; to: number } | null;

/** Splits bytes, which arrive in chunks of any length, into lines. A byte order mark at the start is dropped. */
interface ByteLines {
  push(chunk: Uint8Array): ByteLine[];
  /** The last line, if nothing ended it. */
  end(): ByteLine[];
}

export function createByteLines(lineBytesMax = LINE_BYTES_MAX): ByteLines {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let atStart = true;

  const hold = (bytes: Buffer): void => {
    heldBytes += bytes.length;
    if (heldBytes > lineBytesMax) held = [];
    else if (bytes.length > 0) held.push(bytes);
  };
  const lineOf = (bytes: Buffer, begin: number, end: number): ByteLine => {
    const isFirst = atStart;
    atStart = false;
    if (end - begin > lineBytesMax) return null;
    let from = begin;
    if (isFirst && BYTE_ORDER_MARK.every((byte, i) => bytes[begin + i] === byte)) from = Math.min(begin + 3, end);
    return { bytes, from, to: end > from && bytes[end - 1] === CR ? end - 1 : end };
  };
  const release = (): ByteLine => {
    const bytes = Buffer.concat(held);
    const line = lineOf(bytes, 0, heldBytes);
    held = [];
    heldBytes = 0;
    return line;
  };

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const lines: ByteLine[] = [];
      let from = 0;
      for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, from)) {
        if (heldBytes > 0) {
          hold(bytes.subarray(from, end));
          lines.push(release());
        } else lines.push(lineOf(bytes, from, end));
        from = end + 1;
      }
      hold(bytes.subarray(from));
      return lines;
    },
    end: () => (heldBytes > 0 ? [release()] : []),
  };
}
