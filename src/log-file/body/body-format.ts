import { BodyRejected } from '../../errors.ts';

import { tryJson } from '../../log/json.ts';
import { entriesOf } from './by-line.ts';
import type { Entry, EntryReader } from './entry.ts';
import { beginsWithObjectLine, readJson } from './json.ts';
import { createNdjsonReader } from './ndjson.ts';
import { createTextReader } from './text.ts';

export interface BodyFormat {
  /** The entries of a body that is there whole, as they are asked for. */
  readWhole(body: readonly Uint8Array[]): Iterable<Entry>;
  /** A reader for a longer body that begins so, as it comes; undefined where it has to be there whole. */
  readerFor(begin: string): EntryReader | undefined;
}

const byLine = (createReader: () => EntryReader): BodyFormat => ({
  readWhole: (body) => entriesOf(createReader(), body),
  readerFor: createReader,
});

/** Whole, but for NDJSON under the wrong name. */
const json: BodyFormat = {
  readWhole: readJson,
  readerFor: (begin) => (beginsWithObjectLine(begin) ? createNdjsonReader() : undefined),
};
const ndjson = byLine(createNdjsonReader);
const text = byLine(createTextReader);

/** NDJSON begins with an object in one line, JSON with any other bracket that closes, and all else is text. */
const sniffed: BodyFormat = {
  readWhole: (body) => sniff(Buffer.concat(body)).readWhole(body),
  readerFor: (begin) => (/^\s*(\{|\[\s*[{\]])/.test(begin) ? json : text).readerFor(begin),
};

const FORMATS: Readonly<Record<string, BodyFormat>> = {
  'application/x-ndjson': ndjson,
  'application/jsonl': ndjson,
  'application/json': json,
  'text/plain': text,
};
const CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii']);

/**
 * How a body is to be read, by its Content-Type; told from its beginning where there is none.
 * @throws BodyRejected 415
 */
export function bodyFormat(contentType: string | null): BodyFormat {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (type === '') return sniffed;
  if (!Object.hasOwn(FORMATS, type)) {
    throw unsupported(`expected one of ${Object.keys(FORMATS).join(', ')}, got ${type}`);
  }
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset !== undefined && !CHARSETS.has(charset)) throw unsupported(`expected charset=utf-8, got ${charset}`);
  return FORMATS[type]!;
}

const unsupported = (message: string): BodyRejected =>
  new BodyRejected(415, 'UNSUPPORTED_CONTENT_TYPE', `Content-Type: ${message}`);

/** Enough to see the first line of nearly every body. */
const SNIFFED_BYTES = 64 * 1024;

/** A body's beginning, without a byte order mark. */
export const beginOf = (body: Buffer): string => body.toString('utf8', 0, SNIFFED_BYTES).replace(/^\ufeff/, '');

function sniff(whole: Buffer): BodyFormat {
  const begin = beginOf(whole).trimStart();
  if (begin.startsWith('{')) return beginsWithObjectLine(begin) || !isJson(whole) ? ndjson : json;
  return begin.startsWith('[') && isJson(whole) ? json : text;
}

const isJson = (bytes: Buffer): boolean => tryJson(bytes.toString()) !== undefined;
