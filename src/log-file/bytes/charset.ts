import { isUtf8 } from 'node:buffer';
import { beginningOf } from './beginning.ts';
import { UnreadableInput } from './unreadable-input.ts';

/** The character set is decided by this many bytes. */
const SAMPLE_BYTES = 4096;
/** A log has fewer control characters than this. In compressed or random bytes, every tenth is one. */
const CONTROL_SHARE_MAX = 0.02;
/** In UTF-16, every second byte of ASCII is NUL. */
const UTF16_NUL_SHARE_MIN = 0.7;
/** A line that is longer is not decoded: the reader drops it. */
const HELD_BYTES_MAX = 8 * 1024 * 1024;
const LF = 0x0a;

type Charset = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Whether bytes are text in a character set that `asUtf8` reads. */
export const isText = (bytes: Buffer): boolean => charsetOf(bytes) !== undefined;

/**
 * The text of a log in UTF-8. UTF-16 is known by its mark, or by its NUL bytes. A line that is not UTF-8 is Latin-1, or what
 * Windows calls so (windows-1252).
 * @throws UnreadableInput the bytes are no text
 */
export async function* asUtf8(
  chunks: AsyncIterable<Uint8Array>,
  sampleBytes = SAMPLE_BYTES,
): AsyncGenerator<Uint8Array> {
  const { begin, whole } = await beginningOf(chunks, sampleBytes);
  const charset = charsetOf(begin.subarray(0, SAMPLE_BYTES));
  if (charset === undefined) throw new UnreadableInput('expected a log as text, got binary data');
  yield* charset === 'utf-8' ? latinLinesDecoded(whole) : decoded(whole, charset);
}

function charsetOf(begin: Buffer): Charset | undefined {
  if (begin[0] === 0xff && begin[1] === 0xfe) return 'utf-16le';
  if (begin[0] === 0xfe && begin[1] === 0xff) return 'utf-16be';
  let controls = 0;
  const nuls: [even: number, odd: number] = [0, 0];
  for (let at = 0; at < begin.length; at++) {
    const byte = begin[at]!;
    if (byte === 0) nuls[(at % 2) as 0 | 1]++;
    if (isControl(byte)) controls++;
  }
  if (controls <= begin.length * CONTROL_SHARE_MAX) return 'utf-8';
  const least = (begin.length / 2) * UTF16_NUL_SHARE_MIN;
  if (nuls[1] >= least && nuls[0] === 0) return 'utf-16le';
  if (nuls[0] >= least && nuls[1] === 0) return 'utf-16be';
  return undefined;
}

/** Except white space, and the escape, bell and backspace of programs that write for a terminal. */
const isControl = (byte: number): boolean => byte < 0x20 && (byte < 0x07 || byte > 0x0d) && byte !== 0x1b;

async function* decoded(chunks: AsyncIterable<Uint8Array>, charset: Charset): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(charset);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** The same bytes, except that lines in Latin-1 become UTF-8. Bytes after the last line end are held until their line ends. */
async function* latinLinesDecoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([held, chunk]);
    const end = bytes.length > HELD_BYTES_MAX ? bytes.length : bytes.lastIndexOf(LF) + 1;
    held = bytes.subarray(end);
    if (end > 0) yield withUtf8Lines(bytes.subarray(0, end));
  }
  if (held.length > 0) yield withUtf8Lines(held);
}

function withUtf8Lines(lines: Buffer): Buffer {
  if (isUtf8(lines)) return lines;
  const read: Buffer[] = [];
  for (let from = 0; from < lines.length; ) {
    const lf = lines.indexOf(LF, from);
    const to = lf < 0 ? lines.length : lf + 1;
    const line = lines.subarray(from, to);
    read.push(isUtf8(line) || hasUtf8(line) ? line : Buffer.from(LATIN1.decode(line)));
    from = to;
  }
  return Buffer.concat(read);
}

const LATIN1 = new TextDecoder('windows-1252');
const NOT_ASCII = /[^\0-\x7f\ufffd]/;

/** Whether bytes that are not UTF-8 have characters of UTF-8 nevertheless: then they are damaged UTF-8, and no Latin-1. */
const hasUtf8 = (line: Buffer): boolean => NOT_ASCII.test(line.toString());
