import { isJsonObject, type JsonObject, setBeside } from '../../../log/json.ts';
import type { Draft } from '../../../log/record.ts';
import type { ReadRecord } from '../../../log-file/entries/entry.ts';
import { type Clock, joined, withInnerLine } from '../../../log-file/inner-line.ts';
import { draftFromJson } from '../../../record-names/draft-from-json.ts';

/** What Splunk calls the parts of where an event comes from: attributes of its record. */
export const METADATA = ['source', 'sourcetype', 'index'] as const;

/** Reads an event of HEC. What stands beside it serves where the event itself says nothing. */
export const createEventReader =
  (clock: Clock): ReadRecord =>
  (envelope) => {
    const { time = null, host = null, event, fields } = envelope;
    if (event === undefined || event === null) {
      return { code: 'EVENT_REQUIRED', reason: 'expected an event, got none' };
    }
    if (event === '') return { code: 'EVENT_BLANK', reason: 'expected an event that is not blank, got ""' };
    const outer = outerOf({ time, host, ...(isJsonObject(fields) ? (fields as JsonObject) : {}) }, envelope);
    const draft = isJsonObject(event)
      ? joinedWithObject(outer, event as JsonObject, clock)
      : withInnerLine(outer, typeof event === 'string' ? event : JSON.stringify(event), clock);
    return { draft, sentAt: outer.timestamp ?? undefined };
  };

function joinedWithObject(outer: Draft, event: JsonObject, clock: Clock): Draft {
  const { line, ...rest } = event;
  // As Docker's driver for Splunk sends it.
  const isDocker = typeof line === 'string' && Object.hasOwn(rest, 'tag');
  return isDocker
    ? withInnerLine(joined(outer, draftFromJson(rest)), line, clock)
    : joined(outer, draftFromJson(event));
}

/** What is known of a record beside its event. */
export function outerOf(known: JsonObject, metadata: JsonObject): Draft {
  const draft = draftFromJson(known);
  const attributes = draft.attributes as JsonObject;
  for (const name of METADATA) {
    const value = metadata[name];
    if (typeof value === 'string' && value !== '') setBeside(attributes, name, value);
  }
  return draft;
}
