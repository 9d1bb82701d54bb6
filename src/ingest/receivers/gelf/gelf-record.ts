import type { Json, JsonObject } from '../../../log/json.ts';
import type { ReadRecord } from '../../../log-file/entries/entry.ts';
import { type Clock, withInnerLine } from '../../../log-file/inner-line.ts';
import { draftFromJson } from '../../../record-names/draft-from-json.ts';

/**
 * Reads a message of GELF. `version` is that of GELF, and says nothing. Senders that take a message's text for `message` are read
 * too. Docker sends the lines of programs, so the text is read as a line.
 */
export const createGelfReader =
  (clock: Clock): ReadRecord =>
  ({ version: _, short_message: short, message, ...rest }) => {
    const text = textOf(short as Json | undefined) ?? textOf(message as Json | undefined) ?? textOf(rest.full_message);
    if (text === undefined) return { code: 'MESSAGE_REQUIRED', reason: 'expected short_message, got none' };
    const isBoth = short !== undefined && message !== undefined;
    const named: JsonObject = { ...rest, ...(isBoth && { _message: message as Json }), short_message: text };
    const { message: line = text, messageIsLine: __, ...outer } = draftFromJson(named);
    return { draft: withInnerLine(outer, line ?? text, clock), sentAt: outer.timestamp ?? undefined };
  };

const textOf = (value: Json | undefined): string | undefined =>
  value === undefined || value === null || value === ''
    ? undefined
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
