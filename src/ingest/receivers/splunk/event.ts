import { isJsonObject, type Json, type JsonObject, setBeside } from '../../../log/json.ts';
import type { Draft } from '../../../log/record.ts';
import type { Rejection } from '../../../log/rejection.ts';
import { type Clock, joined, withInnerLine } from '../../../log-file/inner-line.ts';
import { draftFromJson } from '../../../record-names/draft-from-json.ts';

/** What Splunk calls the parts of where an event comes from: attributes of its record. */
export const METADATA = ['source', 'sourcetype', 'index'] as const;

/**
 * The record of an event of HEC: `event` is a line of a log or an object, and what stands beside it serves where `event` says
 * nothing. A rejection: it has none.
 */
export function recordOfEvent(envelope: JsonObject, clock: Clock): Draft | Omit<Rejection, 'at'> {
  const { time, host, event, fields } = envelope;
  if (event === undefined || event === null) return { code: 'EVENT_REQUIRED', reason: 'expected an event, got none' };
  if (event === '') return { code: 'EVENT_BLANK', reason: 'expected an event that is not blank, got ""' };
  const outer = outerOf(
    { time: time ?? null, host: host ?? null, ...(isJsonObject(fields) ? (fields as JsonObject) : {}) },
    envelope,
  );
  if (!isJsonObject(event))
    return withInnerLine(outer, typeof event === 'string' ? event : JSON.stringify(event), clock);
  const { line, ...rest } = event as JsonObject;
  // As Docker's driver sends it.
  if (typeof line === 'string' && Object.hasOwn(rest, 'tag'))
    return withInnerLine(joined(outer, draftFromJson(rest)), line, clock);
  return joined(outer, draftFromJson(event as JsonObject));
}

/** What is known of a record beside its event. */
export function outerOf(known: JsonObject, metadata: { [name: string]: Json | null }): Draft {
  const draft = draftFromJson(known);
  const attributes = draft.attributes as JsonObject;
  for (const name of METADATA) {
    const value = metadata[name];
    if (typeof value === 'string' && value !== '') setBeside(attributes, name, value);
  }
  return draft;
}
