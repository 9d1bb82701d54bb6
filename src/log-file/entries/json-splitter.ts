import { RECORD_BYTES_MAX } from '../../log/record.ts';

/** A value of a body: its text, or why it is dropped. `broken`: what follows cannot be read. */
export type JsonPiece = { text: string } | { tooLong: true } | { broken: string };

/**
 * Splits a JSON body, whose bytes arrive in chunks of any length, into its records: the elements of a list, or values one
 * after the other, also with commas between them. It looks only at strings, brackets and commas, and holds at most one record. The parser checks the rest.
 */
export interface JsonSplitter {
  push(chunk: Uint8Array): Generator<JsonPiece>;
  /** What the last bytes hold, if the body ended too early. */
  end(): Generator<JsonPiece>;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

const isSpace = (byte: number): boolean => byte === SPACE || (byte >= 0x09 && byte <= 0x0d && byte !== 0x0b);
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** What may come next between values. In a list: a value or its end, a value, or a comma or the end. */
type Expected = 'document' | 'first element' | 'element' | 'comma' | 'nothing';

export function createJsonSplitter(bytesMax = RECORD_BYTES_MAX): JsonSplitter {
  let expected: Expected = 'document';
  let markAt = 0;
  /** A value that stands in no list has ended: one comma may follow. */
  let mayBeComma = false;
  let value: ValueScan | undefined;
  const held = createHeld(bytesMax);

  /** Reads one byte between values. True if a value begins with it. */
  const begins = (byte: number): boolean => {
    if (expected === 'document' && byte === OPEN_LIST) expected = 'first element';
    else if (byte === CLOSE_LIST && (expected === 'first element' || expected === 'comma')) expected = 'document';
    else if (expected === 'comma') {
      if (byte !== COMMA) throw new Broken(`expected a comma or ] after a record, got ${String.fromCharCode(byte)}`);
      expected = 'element';
    } else if (byte === COMMA && mayBeComma) mayBeComma = false;
    else if (byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      throw new Broken(`expected a record, got ${String.fromCharCode(byte)}`);
    } else return true;
    return false;
  };

  /** A number or a word can only be a whole body: nothing after it is read. */
  const finish = ({ isScalar }: ValueScan): JsonPiece => {
    value = undefined;
    if (expected !== 'document') expected = 'comma';
    else if (isScalar) expected = 'nothing';
    mayBeComma = expected === 'document';
    return held.release();
  };

  return {
    *push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let at = 0;
      while (markAt < BYTE_ORDER_MARK.length && at < bytes.length) {
        if (bytes[at] !== BYTE_ORDER_MARK[markAt]) markAt = BYTE_ORDER_MARK.length;
        else {
          markAt++;
          at++;
        }
      }
      while (at < bytes.length && expected !== 'nothing') {
        if (!value) {
          const byte = bytes[at]!;
          if (isSpace(byte)) at++;
          else {
            try {
              if (begins(byte)) value = createValueScan(byte);
              else at++;
            } catch (error) {
              if (!(error instanceof Broken)) throw error;
              expected = 'nothing';
              yield { broken: error.message };
            }
          }
          continue;
        }
        const end = value.endIn(bytes, at);
        held.add(bytes.subarray(at, end < 0 ? bytes.length : end));
        at = end < 0 ? bytes.length : end;
        if (end >= 0) yield finish(value);
      }
    },
    *end() {
      if (value) yield finish(value);
      if (expected === 'comma') yield { broken: 'expected a comma or ], got the end of the body' };
      else if (expected === 'element' || expected === 'first element') {
        yield { broken: 'expected a record or ], got the end of the body' };
      }
      expected = 'nothing';
    },
  };
}

/** The pieces of a text that is held whole. */
export function* splitJson(text: string): Generator<JsonPiece> {
  const splitter = createJsonSplitter();
  yield* splitter.push(Buffer.from(text));
  yield* splitter.end();
}

class Broken extends Error {}

interface ValueScan {
  /** Neither an object nor a list. */
  readonly isScalar: boolean;
  /** The place just after the value's end, looking from `from`. -1 if these bytes do not hold its end. */
  endIn(bytes: Buffer, from: number): number;
}

function createValueScan(first: number): ValueScan {
  const isWord = first !== QUOTE && first !== OPEN_LIST && first !== OPEN_OBJECT;
  let depth = 0;
  let inString = false;
  let escaped = false;
  return {
    isScalar: first !== OPEN_LIST && first !== OPEN_OBJECT,
    endIn(bytes, from) {
      if (isWord) return endOfWord(bytes, from);
      const { length } = bytes;
      for (let i = from; i < length; i++) {
        const byte = bytes[i]!;
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) {
            inString = false;
            if (depth === 0) return i + 1;
          }
        } else if (byte === QUOTE) inString = true;
        else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
        else if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && --depth === 0) return i + 1;
      }
      return -1;
    },
  };
}

/** A number or a word ends before a space, a comma or a bracket. A byte that can begin no value is a word of its own. */
function endOfWord(bytes: Buffer, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i]!;
    const ends = isSpace(byte) || byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT;
    if (ends) return Math.max(i, from + 1);
  }
  return -1;
}

/** The bytes of the value that is being read. Those of a value that is too long are dropped. */
function createHeld(bytesMax: number) {
  let parts: Buffer[] = [];
  let bytes = 0;
  return {
    add(part: Buffer): void {
      bytes += part.length;
      if (bytes > bytesMax) parts = [];
      else parts.push(part);
    },
    release(): JsonPiece {
      const piece = bytes > bytesMax ? { tooLong: true as const } : { text: textOf(parts) };
      parts = [];
      bytes = 0;
      return piece;
    },
  };
}

/** Most values lie in one chunk. */
const textOf = (parts: readonly Buffer[]): string => (parts.length === 1 ? parts[0]! : Buffer.concat(parts)).toString();
