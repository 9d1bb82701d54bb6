import { isJsonObject, type Json, type JsonObject, setBeside, setOwn } from '../../../log/json.ts';
import { severityOfPriorityValue } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import type { ReadRecord } from '../../../log-file/entries/entry.ts';
import { type Clock, joined, withInnerLine } from '../../../log-file/inner-line.ts';
import { draftFromJson } from '../../../record-names/draft-from-json.ts';

/** The fields that Datadog's tags of these names mean. */
const FIELDS = { env: 'environment', service: 'service', version: 'deploymentVersion', host: 'host' } as const;

/** Reads a log of Datadog: what its message says, if that is a line of a known format, and beside it the log's own fields. */
export const createLogReader =
  (clock: Clock): ReadRecord =>
  ({ message, ...rest }) => {
    const outer = outerOf(rest as JsonObject);
    return { draft: withMessage(outer, message, clock), sentAt: outer.timestamp ?? undefined };
  };

function outerOf({ ddtags, status, ...rest }: JsonObject): Draft {
  const draft = draftFromJson(rest);
  const attributes = draft.attributes as JsonObject;
  const severityNumber = severityOfPriorityValue(status);
  if (severityNumber !== undefined) draft.severityNumber ??= severityNumber;
  else if (status !== undefined) setBeside(attributes, 'status', status);
  if (typeof ddtags === 'string') addTags(draft, attributes, ddtags);
  else if (ddtags !== undefined) setBeside(attributes, 'ddtags', ddtags);
  return draft;
}

function withMessage(draft: Draft, message: Json | undefined, clock: Clock): Draft {
  if (typeof message === 'string') return withInnerLine(draft, message, clock);
  if (isJsonObject(message)) return joined(draft, draftFromJson(message as JsonObject));
  return message === undefined || message === null ? draft : { ...draft, message: JSON.stringify(message) };
}

/** `env:prod,team:payments,canary`. Tags of the log's own fields go there; the others are the object `ddtags`. */
function addTags(draft: Draft, attributes: JsonObject, text: string): void {
  const tags: JsonObject = {};
  for (const tag of text.split(',')) {
    const colon = tag.indexOf(':');
    const name = (colon < 0 ? tag : tag.slice(0, colon)).trim();
    const value = colon < 0 ? undefined : tag.slice(colon + 1).trim();
    if (name === '') continue;
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof typeof FIELDS] : undefined;
    if (field && value && (draft[field] ?? value) === value) draft[field] = value;
    else addTag(tags, name, value ?? true);
  }
  if (Object.keys(tags).length > 0) setBeside(attributes, 'ddtags', tags);
}

/** A tag may come several times. */
function addTag(tags: JsonObject, name: string, value: string | true): void {
  const before = Object.hasOwn(tags, name) ? tags[name]! : undefined;
  if (Array.isArray(before)) before.push(value);
  else setOwn(tags, name, before === undefined ? value : [before, value]);
}
