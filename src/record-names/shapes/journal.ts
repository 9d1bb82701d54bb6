import { type Json, type JsonObject, setOwn } from '../../log/json.ts';
import { severityOfPriorityValue } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { timestampFromEpoch } from '../../log/time.ts';
import { type Shape, textIn, withLine } from './shape.ts';

const UNIT = /^(.+)\.service$/;

/** An entry of systemd's journal as JSON: of `journalctl -o json`, or of a collector that keeps the journal's names. */
export const journal: Shape = (draft, object) =>
  'MESSAGE' in object || '_BOOT_ID' in object ? draftOfJournal(object) : draft;

/**
 * The record of an entry of the journal, by its fields. A value is text, null (too long for JSON), bytes as a list of numbers, or a
 * list of values. The message is a line of the program.
 */
export function draftOfJournal(fields: JsonObject): Draft {
  const attributes: JsonObject = {};
  for (const key of Object.keys(fields)) setOwn(attributes, key, decoded(fields[key]!));
  const draft: Draft = { attributes };
  const severity = severityOfPriorityValue(first(attributes.PRIORITY));
  if (severity !== undefined) draft.severityNumber = severity;
  const time = attributes.__REALTIME_TIMESTAMP ?? attributes._SOURCE_REALTIME_TIMESTAMP;
  const timestamp = typeof time === 'string' ? timestampFromEpoch(time) : undefined;
  if (timestamp) draft.timestamp = timestamp;
  const component = textIn(attributes, 'SYSLOG_IDENTIFIER') ?? textIn(attributes, '_COMM');
  if (component) draft.component = component;
  const host = textIn(attributes, '_HOSTNAME');
  if (host) draft.host = host;
  const service = textIn(attributes, 'CONTAINER_NAME') ?? UNIT.exec(textIn(attributes, '_SYSTEMD_UNIT') ?? '')?.[1];
  if (service) draft.service = service;
  if (severity !== undefined) delete attributes.PRIORITY;
  if (timestamp) delete attributes.__REALTIME_TIMESTAMP;
  if (component) delete attributes.SYSLOG_IDENTIFIER;
  if (host) delete attributes._HOSTNAME;
  const line = first(attributes.MESSAGE);
  if (typeof line !== 'string') return draft;
  if (!Array.isArray(attributes.MESSAGE)) delete attributes.MESSAGE;
  return withLine(draft, line);
}

/** The journal may have several values of a field. */
const first = (value: Json | undefined): Json | undefined => (Array.isArray(value) ? value[0] : value);

function decoded(value: Json): Json {
  if (!Array.isArray(value)) return value;
  return value.length > 0 && value.every(isByte) ? Buffer.from(value as number[]).toString() : value.map(decoded);
}

const isByte = (value: Json): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
