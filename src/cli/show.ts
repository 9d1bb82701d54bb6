import { styleText } from 'node:util';
import { FIELD_NAMES, type FieldValues, type FieldWith, fieldSpec, HTTP_FIELDS } from '../log/fields.ts';
import type { HttpExchange } from '../log/http-exchange.ts';
import type { Json } from '../log/json.ts';

const PLAIN_FIELDS = FIELD_NAMES.filter((field) => fieldSpec(field).http === undefined);

/** All of a record that a terminal or a pipe may show. `ShownRecord` is what the server responds with. */
export const RECORD_FIELDS = `id level ${PLAIN_FIELDS.join(' ')} http { ${Object.keys(HTTP_FIELDS).join(' ')} }`;

export interface ShownRecord extends Omit<FieldValues, FieldWith<{ http: string }>> {
  id: string;
  /** Usually a `LogLevel`; a newer server may know more of them. */
  level: string;
  http: HttpExchange | null;
}

type Format = Parameters<typeof styleText>[0];
export type Paint = (format: Format, text: string) => string;

export const plain: Paint = (_format, text) => text;
export const coloured: Paint = (format, text) => styleText(format, text, { validateStream: false });

/** Colours where the stream is a terminal that has them; `NO_COLOR` and `FORCE_COLOR` decide otherwise. */
export const paintFor = (stream: NodeJS.WriteStream): Paint =>
  styleText('red', 'x', { stream }) === 'x' ? plain : coloured;

const LEVEL_FORMAT: Readonly<Record<string, Format>> = {
  TRACE: 'gray',
  DEBUG: 'cyan',
  INFO: 'green',
  WARNING: 'yellow',
  ERROR: 'red',
  CRITICAL: ['bold', 'white', 'bgRed'],
};
const LEVEL_WIDTH = 'CRITICAL'.length;
/** Longer values are cut on a line; `--json` has them whole. Characters. */
const VALUE_LENGTH_MAX = 200;

/** What moves a cursor, colours, rings, breaks the line or turns its direction round: no logged text may do so. */
const COMMANDS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
const SPELLED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text that is safe to show: each character that a terminal would obey is spelled out, as `\n`, `\x1b`, `\u202e`. */
export const printable = (text: string): string =>
  text.replace(COMMANDS, (character) => SPELLED[character] ?? spell(character, 2));

function spell(character: string, digits: 2 | 4): string {
  const hex = character.charCodeAt(0).toString(16);
  return digits === 4 || hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
}

/** One JSON value on one line that a terminal cannot obey either: what `JSON.stringify` leaves raw is escaped too. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(COMMANDS, (character) => spell(character, 4));

/** A record as one JSON object, named as in the API; what it lacks is left out. */
export const recordJson = (record: ShownRecord): string =>
  jsonLine({ ...present(record), ...(record.http && { http: present(record.http) }) });

const present = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));

/** A record as one line: time (UTC), level, service/component, message, then all that is short to tell. */
export function recordLine(record: ShownRecord, paint: Paint): string {
  const say = (format: Format, text: string): string => paint(format, printable(text));
  const source = record.component === null ? record.service : `${record.service}/${record.component}`;
  const details = detailsOf(record).map(([key, value]) => `${key}=${shownValue(value)}`);
  return [
    say('dim', `${record.timestamp.slice(0, 23)}Z`),
    say(LEVEL_FORMAT[record.level] ?? 'bold', record.level.padEnd(LEVEL_WIDTH)),
    say('blue', source),
    printable(record.message),
    ...(details.length > 0 ? [say('dim', details.join(' '))] : []),
  ].join(' ');
}

/** Keys and values behind the message; an attribute with the name of a field is called `attributes.name`. */
function detailsOf({ http, action, ...record }: ShownRecord): [key: string, value: Json][] {
  const fields = {
    errorType: record.errorType,
    http: http && ([http.method, http.path, http.status].filter((part) => part !== null).join(' ') || null),
    durationMs: record.durationMs,
    action: http && action === `${http.method} ${http.path}` ? null : action,
    userId: record.userId,
    correlationId: record.correlationId,
    pipelineId: record.pipelineId,
  };
  const attributes = Object.entries(record.attributes).map(([key, value]): [string, Json] => [
    Object.hasOwn(fields, key) ? `attributes.${key}` : key,
    value,
  ]);
  return [...Object.entries(fields), ...attributes].filter(([, value]) => value !== null);
}

const BARE = /^[^\s"=]+$/;

function shownValue(value: Json): string {
  const text = typeof value === 'string' && BARE.test(value) ? value : JSON.stringify(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
}
