import { BadUserInput, BodyRejected } from '../errors.ts';
import { tryJson } from '../log/json.ts';
import { shown } from '../log/shown.ts';
import { collectedBody } from './collected.ts';
import { beginsWithObjectLine } from './entries/entry.ts';
import { fileBody } from './file-body.ts';
import type { Clock } from './formats/clock.ts';
import { jsonFormat } from './formats/json.ts';
import type { BodyReader } from './formats/log-format.ts';
import { ndjsonFormat } from './formats/ndjson.ts';
import { textFormat } from './formats/text.ts';
import { BODY_FORMATS, LOG_FORMATS } from './log-formats.ts';
import { textBody } from './text-body.ts';

export type { BodyReader } from './formats/log-format.ts';

const FORMAT_OF_TYPE = new Map(
  BODY_FORMATS.flatMap((format) => format.contentTypes.map((type): [string, BodyReader] => [type, format])),
);
const TEXT_TYPE = 'text/plain';
const TYPES = [...FORMAT_OF_TYPE.keys(), TEXT_TYPE];
const CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii']);

/**
 * The format of a body, by its Content-Type. Without one, the beginning of the body decides. `clock` reads the times of text.
 * @throws BodyRejected 415
 */
export function bodyFormat(contentType: string | null, clock: Clock): BodyReader {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((parameter) => parameter.trim().toLowerCase());
  if (type === '') return collectedBody(sniffed(textBody(clock)), clock);
  const format = type === TEXT_TYPE ? textBody(clock) : FORMAT_OF_TYPE.get(type);
  if (!format) throw unsupported(`expected one of ${TYPES.join(', ')}, got ${shown(type)}`);
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset !== undefined && !CHARSETS.has(charset))
    throw unsupported(`expected charset=utf-8, got ${shown(charset)}`);
  return type === TEXT_TYPE ? format : collectedBody(format, clock);
}

const unsupported = (message: string): BodyRejected =>
  new BodyRejected(415, 'UNSUPPORTED_CONTENT_TYPE', `Content-Type: ${message}`);

/** Names beside those of `LOG_FORMATS`. */
const AUTO = 'auto';

/**
 * The format of a body that its sender names: one of `LOG_FORMATS`, whose lines are read as those of a file; `text`, in which every
 * line is a record; or `auto`, for a log file of any format, or JSON.
 * @throws BadUserInput it is none
 */
export function namedFormat(name: string, clock: Clock): BodyReader {
  if (name === textFormat.name) return textBody(clock);
  if (name === AUTO) return collectedBody(sniffed(fileBody(undefined, clock)), clock);
  const format = LOG_FORMATS.find((known) => known.name === name);
  if (format) return fileBody(format, clock);
  const names = [AUTO, ...LOG_FORMATS.map((known) => known.name)].join(', ');
  throw new BadUserInput(`format: expected one of ${names}, got ${shown(name)}`);
}

/** A body whose first line is a JSON object is NDJSON. One that is JSON, or begins as JSON, is JSON. Every other body is text. */
const sniffed = (text: BodyReader): BodyReader => ({
  readerFor: (begin, isWhole, readLine) => (sniff(begin, isWhole) ?? text).readerFor(begin, isWhole, readLine),
});

/** Long enough to hold the first line of nearly every body. */
const SNIFFED_BYTES = 64 * 1024;

/** The beginning of a body, without a byte order mark. */
export function beginOf(body: readonly Uint8Array[]): { begin: string; isWhole: boolean } {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of body) {
    if (bytes >= SNIFFED_BYTES) return { begin: textOf(pieces), isWhole: false };
    pieces.push(chunk.subarray(0, SNIFFED_BYTES - bytes));
    bytes += chunk.length;
  }
  return { begin: textOf(pieces), isWhole: bytes <= SNIFFED_BYTES };
}

const textOf = (pieces: readonly Uint8Array[]): string =>
  Buffer.concat(pieces)
    .toString()
    .replace(/^\ufeff/, '');

function sniff(begin: string, isWhole: boolean): BodyReader | undefined {
  const text = begin.trimStart();
  if (text.startsWith('{')) {
    if (beginsWithObjectLine(text)) return ndjsonFormat;
    return isWhole ? (isJson(text) ? jsonFormat : ndjsonFormat) : hasObjectLine(text) ? ndjsonFormat : jsonFormat;
  }
  if (!text.startsWith('[')) return undefined;
  return (isWhole ? isJson(text) : /^\[\s*[{\]]/.test(text)) ? jsonFormat : undefined;
}

const isJson = (text: string): boolean => tryJson(text) !== undefined;

/** Whether a later line is a whole object without indentation: then the first line is broken NDJSON. */
const hasObjectLine = (text: string): boolean =>
  text
    .split('\n')
    .slice(1)
    .some((line) => line.startsWith('{') && beginsWithObjectLine(line));
