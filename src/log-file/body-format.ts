import { BodyRejected } from '../errors.ts';
import { tryJson } from '../log/json.ts';
import { shown } from '../log/shown.ts';
import { beginsWithObjectLine } from './entries/entry.ts';
import { jsonFormat } from './formats/json.ts';
import type { BodyReader } from './formats/log-format.ts';
import { ndjsonFormat } from './formats/ndjson.ts';
import { textFormat } from './formats/text.ts';
import { BODY_FORMATS } from './log-formats.ts';

export type { BodyReader } from './formats/log-format.ts';

const FORMAT_OF_TYPE = new Map(
  BODY_FORMATS.flatMap((format) => format.contentTypes.map((type): [string, BodyReader] => [type, format])),
);
const CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii']);

/**
 * The format of a body, by its Content-Type. Without one, the beginning of the body decides.
 * @throws BodyRejected 415
 */
export function bodyFormat(contentType: string | null): BodyReader {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((parameter) => parameter.trim().toLowerCase());
  if (type === '') return sniffed;
  const format = FORMAT_OF_TYPE.get(type);
  if (!format) throw unsupported(`expected one of ${Array.from(FORMAT_OF_TYPE.keys()).join(', ')}, got ${shown(type)}`);
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset !== undefined && !CHARSETS.has(charset))
    throw unsupported(`expected charset=utf-8, got ${shown(charset)}`);
  return format;
}

const unsupported = (message: string): BodyRejected =>
  new BodyRejected(415, 'UNSUPPORTED_CONTENT_TYPE', `Content-Type: ${message}`);

/** A body whose first line is a JSON object is NDJSON. One that is JSON as a whole is JSON. Every other body is text. */
const sniffed: BodyReader = {
  readWhole: (body) => sniff(Buffer.concat(body)).readWhole(body),
  readerFor: (begin) => (/^\s*(\{|\[\s*[{\]])/.test(begin) ? jsonFormat : textFormat).readerFor(begin),
};

/** Long enough to hold the first line of nearly every body. */
const SNIFFED_BYTES = 64 * 1024;

/** The beginning of a body, without a byte order mark. */
export const beginOf = (body: Buffer): string => body.toString('utf8', 0, SNIFFED_BYTES).replace(/^\ufeff/, '');

function sniff(whole: Buffer): BodyReader {
  const begin = beginOf(whole).trimStart();
  if (begin.startsWith('{')) return beginsWithObjectLine(begin) || !isJson(whole) ? ndjsonFormat : jsonFormat;
  return begin.startsWith('[') && isJson(whole) ? jsonFormat : textFormat;
}

const isJson = (bytes: Buffer): boolean => tryJson(bytes.toString()) !== undefined;
