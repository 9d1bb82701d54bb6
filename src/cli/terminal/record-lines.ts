import { FIELD_NAMES, type FieldValues, type FieldWith, fieldSpec, HTTP_FIELDS } from '../../log/fields.ts';
import type { HttpExchange } from '../../log/http-exchange.ts';
import type { Json } from '../../log/json.ts';
import { type RunRecord, readRun } from '../../log/run.ts';
import { CALL_FIELDS, callText, type ShownCall } from './call-text.ts';
import type { Format, Paint } from './colours.ts';
import { jsonLine, printable } from './printable.ts';
import { runProgressText } from './run-progress-text.ts';
import { type TimeText, utcText } from './time-text.ts';

const PLAIN_FIELDS = FIELD_NAMES.filter((field) => fieldSpec(field).http === undefined);

/** All of a record that a terminal or a pipe may show. `ShownRecord` is what the server responds with. */
export const RECORD_FIELDS = `id level ${PLAIN_FIELDS.join(' ')} http { ${Object.keys(HTTP_FIELDS).join(' ')} } llm { ${CALL_FIELDS} }`;

export interface ShownRecord extends Omit<FieldValues, FieldWith<{ http: string }>> {
  id: string;
  /** Usually a `LogLevel`; a newer server may have more levels. */
  level: string;
  http: HttpExchange | null;
  llm: ShownCall | null;
}

const LEVEL_FORMAT: Readonly<Record<string, Format>> = {
  TRACE: 'gray',
  DEBUG: 'cyan',
  INFO: 'green',
  WARNING: 'yellow',
  ERROR: 'red',
  CRITICAL: ['bold', 'white', 'bgRed'],
};
const LEVEL_WIDTH = 'CRITICAL'.length;
/** Longer values are cut; `--json` shows them whole. */
const VALUE_LENGTH_MAX = 200;
/** Further lines of a stack trace are counted; `--json` has them. */
const STACK_LINES_MAX = 100;

/** A record as one JSON object with the names of the API, without null fields. */
export const recordJson = (record: ShownRecord): string =>
  jsonLine({
    ...present(record),
    ...(record.http && { http: present(record.http) }),
    ...(record.llm && { llm: present(record.llm) }),
  });

const present = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));

interface Shown {
  timeText: TimeText;
  /** Whether the stack trace follows, as indented lines. */
  stack: boolean;
}

/**
 * A record as one line: time, level, service/component, message, its model call, the progress of its run, then the short fields.
 * Its stack trace stands below it.
 */
export function recordLine(
  record: ShownRecord,
  paint: Paint,
  { timeText, stack }: Shown = { timeText: utcText, stack: false },
): string {
  const say = (format: Format, text: string): string => paint(format, printable(text));
  const source = record.component === null ? record.service : `${record.service}/${record.component}`;
  const run = readRun(record as RunRecord);
  const details = detailsOf(run ? withoutProgress(record) : record).map(
    ([key, value]) => `${key}=${shownValue(value)}`,
  );
  const call = record.llm ? restOf(callText(record.llm, record.durationMs), record.message) : '';
  const line = [
    say('dim', timeText(record.timestamp)),
    say(LEVEL_FORMAT[record.level] ?? 'bold', record.level.padEnd(LEVEL_WIDTH)),
    say('blue', source),
    printable(record.message),
    ...(call === '' ? [] : [say('cyan', call)]),
    ...(run ? [say('cyan', runProgressText(run.progress, record.message))] : []),
    ...(details.length > 0 ? [say('dim', details.join(' '))] : []),
  ].join(' ');
  const trace = stack && record.stackTrace ? traceLines(record.stackTrace) : [];
  return [line, ...trace.map((text) => say('dim', `    ${text}`))].join('\n');
}

function withoutProgress(record: ShownRecord): ShownRecord {
  const { progress, ...attributes } = record.attributes;
  return { ...record, attributes };
}

/** The text without what the message before it has said: `chat gpt-4o` is also the message of many calls. */
const restOf = (text: string, message: string): string =>
  text === message ? '' : text.startsWith(`${message} `) ? text.slice(message.length + 1) : text;

/** The lines keep their own indentation, with tabs as spaces. */
function traceLines(trace: string): string[] {
  const lines = trace.trimEnd().split(/\r?\n/);
  const shown = lines.slice(0, STACK_LINES_MAX).map((line) => line.replaceAll('\t', '    '));
  return lines.length > shown.length ? [...shown, `... ${lines.length - shown.length} more lines`] : shown;
}

/** The keys and values after the message. An attribute that has the name of a field is shown as `attributes.name`. */
function detailsOf({ http, action, llm, ...record }: ShownRecord): [key: string, value: Json][] {
  const exchange = http && [http.method, http.path, http.status].filter((part) => part !== null).join(' ');
  const fields = {
    errorType: record.errorType,
    http: exchange && exchange !== record.message ? exchange : null,
    durationMs: llm ? null : record.durationMs,
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
