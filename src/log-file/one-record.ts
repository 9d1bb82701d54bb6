import type { JsonObject } from '../log/json.ts';
import type { Draft } from '../log/record.ts';
import { type Clock, withInnerLine } from './inner-line.ts';

/*
 * For senders each of whose messages is one record, because it is answered as one, or its uid is that of the message: what would make
 * several records (`Draft.others`) stays as it was sent.
 */

/** A message that holds several records has the time of the first, and what was sent as its attributes. */
export const oneRecord = (draft: Draft, sent: JsonObject): Draft =>
  draft.others ? { timestamp: draft.timestamp, attributes: { ...sent } } : draft;

/** The record with this line as its message, which is read unless it would make several. */
export function withOneLine(outer: Draft, line: string, clock: Clock): Draft {
  const read = withInnerLine(outer, line, clock);
  return read.others ? { ...outer, message: line } : read;
}

/** Agents send the lines of files without reading them: a record without a level, whose message may say all. */
export function withMessageAsLine(draft: Draft, clock: Clock): Draft {
  const { message, messageIsLine, ...outer } = draft;
  const isLine = typeof message === 'string' && (messageIsLine || draft.severityNumber === undefined);
  return isLine ? withOneLine(outer, message, clock) : draft;
}
