import { joined } from '../../log/joined.ts';
import { isJsonObject, type Json, type JsonObject, setBeside, setOwn } from '../../log/json.ts';
import { isSeverityNumber, severityOfLevelValue } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { timestampOf } from '../../log/time-value.ts';
import { manyOf } from './many.ts';
import { attributesOf, objectIn, type Shape, textIn, withLine } from './shape.ts';

type Read = (object: JsonObject) => Draft;

const RESOURCE_FIELDS = ['service', 'deploymentVersion', 'environment', 'host'] as const;

/** The log records in a line of OTLP's JSON, as the file exporter of a collector writes it. Its names are in camel or snake case. */
export const otel: Shape = (draft, object, read) => {
  const drafts = listIn(object, 'resourceLogs', 'resource_logs').flatMap((one) => {
    const resource = readResource(attributesIn(objectIn(one, 'resource') ?? {}), read);
    return listIn(one, 'scopeLogs', 'scope_logs').flatMap((ofScope) => {
      const scope = objectIn(ofScope, 'scope') ?? {};
      return listIn(ofScope, 'logRecords', 'log_records').map((log) => draftOf(log, resource, scope, read));
    });
  });
  return drafts.length > 0 ? manyOf(drafts) : draft;
};

const listIn = (object: JsonObject, ...names: string[]): JsonObject[] => {
  const list = names.map((name) => object[name]).find(Array.isArray) ?? [];
  return list.filter(isJsonObject) as JsonObject[];
};

function draftOf(log: JsonObject, { fields, rest }: Resource, scope: JsonObject, read: Read): Draft {
  const item = read(attributesIn(log));
  const attributes = attributesOf(item);
  const own = ownFields(log);
  for (const field of ['message', 'timestamp', 'severityNumber'] as const) {
    if (item[field] !== undefined && (own[field] !== undefined || field === 'message'))
      setBeside(attributes, field, item[field] as Json);
  }
  const component = item.component ?? textIn(scope, 'name');
  const { message: _, messageIsLine: __, ...said } = item;
  const draft: Draft = { ...fields, ...said, ...own, ...(component ? { component } : {}) };
  addObject(attributes, 'resource', rest);
  const version = textIn(scope, 'version');
  addObject(attributes, 'scope', { ...attributesIn(scope), ...(version ? { version } : {}) });
  return withBody(draft, anyValue(log.body), read);
}

function withBody(draft: Draft, body: Json, read: Read): Draft {
  if (typeof body === 'string') {
    // Without a level, a collector has read the line from a file as it stands.
    return draft.severityNumber === undefined ? withLine(draft, body) : { ...draft, message: body };
  }
  if (isJsonObject(body)) {
    const found = joined(draft, read(body as JsonObject));
    found.message ??= JSON.stringify(body);
    return found;
  }
  return { ...draft, message: body === null ? (draft.action ?? '') : JSON.stringify(body) };
}

function ownFields(log: JsonObject): Draft {
  const own: Draft = {};
  const timestamp =
    timestampOf(log.timeUnixNano ?? log.time_unix_nano) ??
    timestampOf(log.observedTimeUnixNano ?? log.observed_time_unix_nano);
  if (timestamp) own.timestamp = timestamp;
  const severity = severityOf(log.severityNumber ?? log.severity_number, log.severityText ?? log.severity_text);
  if (severity !== undefined) own.severityNumber = severity;
  const traceId = idOf(log.traceId ?? log.trace_id);
  if (traceId) own.traceId = traceId;
  const spanId = idOf(log.spanId ?? log.span_id);
  if (spanId) own.spanId = spanId;
  const event = textIn(log, 'eventName') ?? textIn(log, 'event_name');
  if (event) own.action = event;
  return own;
}

/** A number, or the name that Protobuf has for it: `SEVERITY_NUMBER_INFO2`. */
function severityOf(number: unknown, text: unknown): number | undefined {
  if (typeof number === 'number' && isSeverityNumber(number)) return number;
  const name = typeof number === 'string' ? number.replace('SEVERITY_NUMBER_', '') : '';
  return severityOfLevelValue(name) ?? severityOfLevelValue(text);
}

/** An id of zeros alone means that there is none. */
const idOf = (id: unknown): string | undefined =>
  typeof id === 'string' && /[^0]/.test(id) ? id.toLowerCase() : undefined;

/** What sent the records. `rest` holds the attributes that no field took. */
interface Resource {
  fields: Draft;
  rest: JsonObject;
}

function readResource(attributes: JsonObject, read: Read): Resource {
  const { attributes: rest, ...found } = read(attributes);
  const fields: Draft = {};
  for (const field of RESOURCE_FIELDS) if (found[field] != null) fields[field] = found[field];
  fields.host ??= textIn(attributes, 'k8s.pod.name');
  return { fields, rest: rest as JsonObject };
}

function addObject(attributes: JsonObject, key: string, object: JsonObject): void {
  if (Object.keys(object).length > 0) setBeside(attributes, key, object);
}

function attributesIn(object: JsonObject): JsonObject {
  const attributes: JsonObject = {};
  for (const { key, value } of listIn(object, 'attributes')) {
    if (typeof key === 'string') setOwn(attributes, key, anyValue(value));
  }
  return attributes;
}

/** A value of OTLP: an object whose one key names its type. */
function anyValue(value: unknown): Json {
  if (!isJsonObject(value)) return null;
  for (const [kind, held] of Object.entries(value)) {
    switch (kind) {
      case 'intValue':
      case 'int_value':
        return Number.isSafeInteger(Number(held)) ? Number(held) : String(held);
      case 'arrayValue':
      case 'array_value':
        return isJsonObject(held) && Array.isArray(held.values) ? held.values.map(anyValue) : [];
      case 'kvlistValue':
      case 'kvlist_value':
        return isJsonObject(held) ? attributesIn({ attributes: (held as JsonObject).values ?? [] }) : {};
      default:
        return held as Json;
    }
  }
  return null;
}
