import { BodyRefused } from '../body.ts';
import type { Entry } from './entry.ts';
import { beginsWithObjectLine, readJson } from './json.ts';
import { readNdjson } from './ndjson.ts';
import { readText } from './text.ts';

/** A whole body to its entries, as they are asked for. */
export type BodyFormat = (body: readonly Uint8Array[]) => Generator<Entry>;

const FORMATS: Readonly<Record<string, BodyFormat>> = {
  'application/x-ndjson': readNdjson,
  'application/jsonl': readNdjson,
  'application/json': readJson,
  'text/plain': readText,
};
const CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii']);

/**
 * How a body is to be read, by its Content-Type; told from its beginning where there is none.
 * @throws BodyRefused 415
 */
export function bodyFormat(contentType: string | null): BodyFormat {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (type === '') return sniff;
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

const unsupported = (message: string): BodyRefused =>
  new BodyRefused(415, 'UNSUPPORTED_CONTENT_TYPE', `Content-Type: ${message}`);

/** Enough to see the first line of nearly every body. */
const SNIFFED_BYTES = 64 * 1024;

/** NDJSON begins with an object in one line, JSON with any other bracket that closes, and all else is text. */
function sniff(body: readonly Uint8Array[]): Generator<Entry> {
  const whole = Buffer.concat(body);
  const begin = whole
    .toString('utf8', 0, SNIFFED_BYTES)
    .replace(/^\ufeff/, '')
    .trimStart();
  if (begin.startsWith('{')) return beginsWithObjectLine(begin) || !isJson(whole) ? readNdjson(body) : readJson(body);
  return begin.startsWith('[') && isJson(whole) ? readJson(body) : readText(body);
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
