import { createBegunMessage } from '../../listeners/begun-message.ts';
import type { Framer } from '../../listeners/framer.ts';
import { MESSAGE_BYTES_MAX } from './gelf-payload.ts';

const NUL = 0;
const LF = 10;
const CR = 13;
const SPACE = 32;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * A message ends with NUL. Some senders end it with a newline, and JSON that is written over several lines has newlines inside. So
 * a newline ends a message behind a brace at the end of a line that is not indented, or if the message is no object at all.
 */
export function createGelfFramer(bytesMax = MESSAGE_BYTES_MAX): Framer {
  const begun = createBegunMessage(bytesMax);
  let isBegun = false;
  let isObject = false;
  let isIndented = false;
  /** The last byte that is no space. */
  let last = SPACE;

  let isLineBegin = true;

  /** Looks at bytes of a line. */
  function look(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (isLineBegin) isIndented = isSpace(bytes[0]!);
    for (let at = bytes.length; at-- > 0; ) {
      if (!isSpace(bytes[at]!)) {
        last = bytes[at]!;
        break;
      }
    }
  }

  return {
    push(chunk) {
      const messages: Buffer[] = [];
      const endOfLine = lineEnds(chunk);
      for (let at = 0; at < chunk.length; ) {
        if (!isBegun) {
          if (isSpace(chunk[at]!) || chunk[at] === NUL) {
            at++;
            continue;
          }
          isBegun = true;
          last = SPACE;
          isObject = chunk[at] === OPEN;
          isLineBegin = true;
        }
        const end = endOfLine(at);
        const line = chunk.subarray(at, end);
        look(line);
        isLineBegin = end < chunk.length;
        if (isLineBegin && (chunk[end] === NUL || !isObject || (last === CLOSE && !isIndented))) {
          messages.push(begun.finish(line));
          isBegun = false;
        } else begun.add(chunk.subarray(at, end + 1));
        at = end + 1;
      }
      return messages;
    },
    end() {
      if (!isBegun || (isObject && last !== CLOSE)) return undefined;
      isBegun = false;
      return begun.finish(Buffer.alloc(0));
    },
    get held() {
      return begun.held;
    },
  };
}

const isSpace = (byte: number): boolean => byte === SPACE || byte === LF || byte === CR || byte === 9;

/** Where the line ends that begins at a place; places only grow. The chunk's length: its end has not come. */
function lineEnds(chunk: Buffer): (from: number) => number {
  let nul = -1;
  let newline = -1;
  const next = (byte: number, from: number): number => {
    const at = chunk.indexOf(byte, from);
    return at < 0 ? chunk.length : at;
  };
  return (from) => {
    if (nul < from) nul = next(NUL, from);
    if (newline < from) newline = next(LF, from);
    return Math.min(nul, newline);
  };
}
