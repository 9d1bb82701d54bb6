import { manyOf } from '../../log/joined.ts';
import { isJsonObject, type JsonObject } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';
import { beside, drop, type Shape, textIn, withLine } from './shape.ts';

const LAMBDA = /^\/aws\/lambda\/(.+)$/;

/**
 * CloudWatch Logs: a message of a subscription (`logEvents`), the answer of `aws logs` (`events`), one event of either, and a row of
 * Logs Insights. Each event holds a line of a program.
 */
export const cloudWatch: Shape = (draft, object, read) => {
  for (const key of ['logEvents', 'events']) {
    const events = eventsIn(object, key);
    if (!events) continue;
    const { [key]: _, ...outer } = object;
    return manyOf(events.map((event) => eventOf(beside(event, outer), read)));
  }
  return isEvent(object) && ('ingestionTime' in object || 'logStreamName' in object)
    ? eventOf(object, read)
    : rowOf(draft, object);
};

const isEvent = (value: unknown): value is JsonObject =>
  isJsonObject(value) && typeof value.message === 'string' && typeof value.timestamp === 'number';

function eventsIn(object: JsonObject, key: string): JsonObject[] | undefined {
  const events = object[key];
  return Array.isArray(events) && events.length > 0 && events.every(isEvent) ? (events as JsonObject[]) : undefined;
}

function eventOf({ ingestionTime, message, ...event }: JsonObject, read: (object: JsonObject) => Draft): Draft {
  const draft = withLine(read(event), message as string);
  if (ingestionTime !== undefined) (draft.attributes as JsonObject).ingestionTime = ingestionTime;
  const service = LAMBDA.exec(textIn(event, 'logGroup') ?? textIn(event, 'logGroupName') ?? '')?.[1];
  if (service) draft.service ??= service;
  return draft;
}

function rowOf(draft: Draft, object: JsonObject): Draft {
  const line = textIn(object, '@message');
  return line !== undefined && line === draft.message ? withLine(draft, line) : draft;
}

/** An event of CloudTrail: what was called is the action. */
export const cloudTrail: Shape = (draft, object) => {
  const action = textIn(object, 'eventName');
  if (action === undefined) return draft;
  if (!draft.message) draft.message = action;
  for (const [field, key] of CLOUD_TRAIL) {
    const value = textIn(object, key);
    if (value === undefined || draft[field]) continue;
    draft[field] = value;
    drop(draft, object, key);
  }
  return draft;
};

const CLOUD_TRAIL = [
  ['action', 'eventName'],
  ['component', 'eventSource'],
  ['errorType', 'errorCode'],
  ['httpClientIp', 'sourceIPAddress'],
] as const;
