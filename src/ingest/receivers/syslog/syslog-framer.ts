import { createBegunMessage } from '../../listeners/begun-message.ts';
import type { Framer } from '../../listeners/framer.ts';

/** A longer message is cut here, and the rest of it is skipped. */
export const MESSAGE_BYTES_MAX = 256 * 1024;
/** More digits are no count. */
const COUNT_DIGITS_MAX = 8;

const LF = 10;
const NUL = 0;
const CR = 13;
const SPACE = 32;
const ZERO = 48;
const NINE = 57;
const LESS_THAN = 60;
const NOTHING = Buffer.alloc(0);

/**
 * RFC 6587: a message is counted (`42 <34>1 ...`), or it ends with a newline or NUL. That is told apart for each message, because
 * senders are configured anew, and some mix both. Digits, a space and `<` are a count: an uncounted message begins with `<`.
 */
export function createSyslogFramer(bytesMax = MESSAGE_BYTES_MAX): Framer {
  const begun = createBegunMessage(bytesMax);
  /** The first bytes of a message that may be counted: more bytes decide it. */
  let head = NOTHING;
  let isBegun = false;
  /** Bytes that are still to come of a counted message. Null: it is not counted. */
  let missing: number | null = null;

  return {
    push(given) {
      const chunk = head.length > 0 ? Buffer.concat([head, given]) : given;
      head = NOTHING;
      const endOfLine = lineEnds(chunk);
      const messages: Buffer[] = [];
      for (let at = 0; at < chunk.length; ) {
        if (!isBegun) {
          if (isBetween(chunk[at]!)) {
            at++;
            continue;
          }
          const begin = beginAt(chunk, at);
          if (!begin) {
            head = Buffer.from(chunk.subarray(at));
            break;
          }
          isBegun = true;
          missing = begin.count;
          at = begin.at;
        }
        const end = missing === null ? endOfLine(at) : Math.min(chunk.length, at + missing);
        const piece = chunk.subarray(at, end);
        at = end;
        const isWhole = missing === null ? end < chunk.length : piece.length === missing;
        if (isWhole) {
          messages.push(begun.finish(piece));
          isBegun = false;
        } else {
          begun.add(piece);
          if (missing !== null) missing -= piece.length;
        }
      }
      return messages;
    },
    end() {
      const isLine = isBegun ? missing === null : head.length > 0;
      return isLine ? begun.finish(head) : undefined;
    },
    get held() {
      return begun.held + head.length;
    },
  };
}

/** What may stand between two messages, or ends one. */
const isBetween = (byte: number): boolean => byte === LF || byte === NUL || byte === CR || byte === SPACE;

/** How the message at `from` is framed, and where its text begins. Undefined: more bytes decide it. */
function beginAt(chunk: Buffer, from: number): { count: number | null; at: number } | undefined {
  const uncounted = { count: null, at: from };
  let count = 0;
  let at = from;
  for (; at < chunk.length && isDigit(chunk[at]!); at++) {
    if (at - from === COUNT_DIGITS_MAX) return uncounted;
    count = count * 10 + chunk[at]! - ZERO;
  }
  if (at === chunk.length) return undefined;
  if (count === 0 || chunk[at] !== SPACE) return uncounted;
  if (at + 1 === chunk.length) return undefined;
  return chunk[at + 1] === LESS_THAN ? { count, at: at + 1 } : uncounted;
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

/** Where the line ends that begins at a place; places only grow. The chunk's length: its end has not come. */
function lineEnds(chunk: Buffer): (from: number) => number {
  let nul = -1;
  return (from) => {
    if (nul < from) nul = orLength(chunk, chunk.indexOf(NUL, from));
    return Math.min(nul, orLength(chunk, chunk.indexOf(LF, from)));
  };
}

const orLength = (chunk: Buffer, index: number): number => (index < 0 ? chunk.length : index);
