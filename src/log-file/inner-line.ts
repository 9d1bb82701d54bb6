import { type Json, type JsonObject, setBeside } from '../log/json.ts';
import type { Draft } from '../log/record.ts';
import type { Clock } from './formats/clock.ts';
import { LOG_FORMATS } from './log-formats.ts';

export { type Clock, createClock } from './formats/clock.ts';

/**
 * A record whose message is a line of another program's log, as protocols and collectors deliver it. What the line says is more
 * precise than what its envelope says, and wins; the envelope gives what the line leaves open: its time, its host, its level.
 */
export function withInnerLine(outer: Draft, line: string, clock: Clock): Draft {
  const inner = readLine(line, clock);
  return inner ? joined(outer, inner) : { ...outer, message: line };
}

/** The record in one line of any format. Undefined if no format fits: then the line is a message. */
function readLine(line: string, clock: Clock): Draft | undefined {
  for (const format of LOG_FORMATS) {
    const draft = format.parse(line, clock);
    if (draft) return draft;
  }
  return undefined;
}

/**
 * A field of both is the inner record's. Attributes of both names stand beside each other (`setBeside`), unless they say the same:
 * many envelopes can hold only text.
 */
export function joined(outer: Draft, inner: Draft): Draft {
  const draft: Draft = { ...outer };
  for (const field in inner) {
    const value = inner[field as keyof Draft];
    if (value !== undefined && value !== null) (draft as Record<string, unknown>)[field] = value;
  }
  const attributes: JsonObject = { ...(inner.attributes as JsonObject | null | undefined) };
  for (const [key, value] of Object.entries((outer.attributes ?? {}) as JsonObject)) {
    if (!saysTheSame(attributes[key], value as Json)) setBeside(attributes, key, value as Json);
  }
  draft.attributes = attributes;
  return draft;
}

const saysTheSame = (inner: Json | undefined, outer: Json): boolean =>
  inner === outer || (typeof outer === 'string' && inner !== undefined && JSON.stringify(inner) === outer);
