import { joined } from '../log/joined.ts';
import type { Draft } from '../log/record.ts';
import { type Known, readByAny } from './any-format.ts';
import { bareLineAlone } from './envelopes/peeling.ts';
import type { Clock } from './formats/clock.ts';
import { ndjsonFormat } from './formats/ndjson.ts';
import { textDraft } from './text-draft.ts';
import { addLines } from './traces/split-trace.ts';

export { joined } from '../log/joined.ts';
export { type Clock, createClock } from './formats/clock.ts';

/**
 * A record whose message is a line of another program's log, as protocols and collectors deliver it. What the line says is more
 * precise than what its envelope says, and wins; the envelope gives what the line leaves open: its time, its host, its level.
 * A text of several lines is one record, as the collector joined them: the first line by its format, then more of the message,
 * and a stack trace.
 */
export function withInnerLine(outer: Draft, text: string, arrival: Clock): Draft {
  const clock = outer.timestamp ? arrival.at(outer.timestamp) : arrival;
  const lines = linesOf(text);
  const { text: first, outer: peeled } = bareLineAlone(lines[0] ?? '', clock);
  const around = peeled ? joined(outer, peeled) : outer;
  const known = lines.length > 1 && first.startsWith('{') ? readJson(text, clock) : readByAny(first, clock);
  const draft = known ? joined(around, known.draft) : textDraft(first, around);
  const more = lines.slice(1);
  if (known?.format === ndjsonFormat) return withLineRead(draft, clock);
  const { adds } = known?.format ?? {};
  addLines(draft, adds ? more.filter((line) => !adds(line, draft)) : more);
  return draft;
}

/** The record, with its message read where it is a line of a program (`Draft.messageIsLine`). */
export function withLineRead(draft: Draft, clock: Clock): Draft {
  const { messageIsLine, message, ...outer } = draft;
  return messageIsLine ? withInnerLine(outer, message ?? '', clock) : draft;
}

/** The record in a line or a text that nothing stands around: for senders of text. */
export const readLine = (text: string, clock: Clock): Draft => withInnerLine({}, text, clock);

/** The lines without the blank ones before and after them. */
function linesOf(text: string): string[] {
  if (!text.includes('\n')) return [text];
  return text
    .replace(/^(?:[ \t\r]*\n)+/, '')
    .trimEnd()
    .split(/\r?\n/);
}

/** A JSON object over several lines. */
function readJson(text: string, clock: Clock): Known | undefined {
  const draft = ndjsonFormat.parse(text.trim(), clock);
  return draft && { format: ndjsonFormat, draft };
}
