import { joined } from '../log/joined.ts';
import { isJsonObject, type Json, type JsonObject, setBeside, setOwn } from '../log/json.ts';
import { isSeverityNumber, severityOfWord } from '../log/level.ts';
import type { Draft } from '../log/record.ts';
import { type Timestamp, timestampFromMicros } from '../log/time.ts';
import { draftFromJson } from '../record-names/draft-from-json.ts';
import { NAMES } from '../record-names/logger-names.ts';
import { fieldsOfResource } from './convention-fields.ts';
import { addSenders } from './senders.ts';
import type { From, OtlpLog } from './telemetry/telemetry.ts';

/**
 * The record of a log record of OTLP. Its attributes are read by the names that all senders use, its body as `withBody` says.
 * What it says in fields of its own wins over both. The time at which a collector saw it is the last resort.
 */
export function draftOfLog({ item: log, resource, scope }: From<OtlpLog>): Draft {
  const sender = fieldsOfResource(resource.attributes);
  const { said, attributes } = readAttributes(log);
  if (log.eventName !== '') said.action ??= log.eventName;
  if (log.severityText !== '' && severityOfWord(log.severityText) === undefined) {
    setBeside(attributes, 'severityText', log.severityText);
  }
  if (said.component === undefined) said.component = scope.name || undefined;
  else if (scope.name !== '') setBeside(attributes, 'scopeName', scope.name);
  addSenders(attributes, sender.rest, scope);

  const own = ownFields(log);
  const draft = { ...withBody({ ...sender.fields, ...said, ...own, attributes }, log), ...own };
  draft.timestamp ??= timestampOf(log.observedTime);
  if (!draft.message) draft.message = textOf(attributes['exception.message']) || log.eventName;
  return draft;
}

/** OTLP has fields of its own for these. An attribute under one of their names stays an attribute. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['timestamp', 'severityNumber', 'message']);
const OWN_NAMES = new Set(Array.from(NAMES.here).flatMap(([name, { field }]) => (OWN_FIELDS.has(field) ? [name] : [])));

function readAttributes(log: OtlpLog): { said: Draft; attributes: JsonObject } {
  const named: JsonObject = {};
  const aside: JsonObject = {};
  for (const key in log.attributes) setOwn(OWN_NAMES.has(key) ? aside : named, key, log.attributes[key]!);
  const isCall = tellsOfCall(log);
  if (isCall) {
    // By these names, a model call is taken out of the JSON of an event too.
    named.event_name = log.eventName;
    if (isJsonObject(log.body)) named.body = log.body;
  }
  // Those of an object inside, as in `err: { type, message }`.
  const read = draftFromJson(named);
  // Attributes are of one log record, also where they look like a list of others.
  const { message, timestamp, severityNumber, messageIsLine, attributes: left, ...said } = read.others ? {} : read;
  const attributes = (left ?? named) as JsonObject;
  if (isCall) delete attributes.event_name;
  for (const key in aside) setBeside(attributes, key, aside[key]!);
  if (message) setBeside(attributes, 'exception.message', message);
  if (timestamp) setBeside(attributes, 'timestamp', timestamp);
  if (severityNumber) setBeside(attributes, 'severityNumber', severityNumber);
  return { said, attributes };
}

const tellsOfCall = ({ eventName }: OtlpLog): boolean => eventName.startsWith('gen_ai.');

function ownFields(log: OtlpLog): Draft {
  const own: Draft = {};
  const timestamp = timestampOf(log.time);
  if (timestamp !== undefined) own.timestamp = timestamp;
  const severity = isSeverityNumber(log.severityNumber) ? log.severityNumber : severityOfWord(log.severityText);
  if (severity !== undefined) own.severityNumber = severity;
  if (isId(log.traceId, 32)) own.traceId = log.traceId;
  if (isId(log.spanId, 16)) own.spanId = log.spanId;
  return own;
}

/**
 * A text is the message. Where the log record has no severity, a collector sends the line of a file as it stands. A map is read as a
 * record of JSON.
 */
function withBody(outer: Draft, log: OtlpLog): Draft {
  const { body } = log;
  if (body === null) return outer;
  if (typeof body === 'string') {
    const isRawLine = log.severityNumber === 0 && log.severityText === '';
    return { ...outer, message: body, ...(isRawLine && { messageIsLine: true }) };
  }
  if (typeof body !== 'object') return { ...outer, message: String(body) };
  if (tellsOfCall(log)) return outer;
  const inner = isJsonObject(body) ? draftFromJson(body as JsonObject) : { attributes: { body } };
  const draft = joined(outer, inner);
  draft.message ??= JSON.stringify(body);
  return draft;
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** Ids of another length, or of zeros alone, mean that there is none. */
const isId = (id: string, length: number): boolean => id.length === length && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(id);

const timestampOf = (nanos: bigint): Timestamp | undefined =>
  nanos === 0n ? undefined : timestampFromMicros(nanos / 1000n);
