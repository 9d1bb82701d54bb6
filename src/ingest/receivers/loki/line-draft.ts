import { isJsonObject, type JsonObject, tryJson } from '../../../log/json.ts';
import type { Draft } from '../../../log/record.ts';
import { millisOf, type Timestamp } from '../../../log/time.ts';
import { type Clock, joined, withInnerLine } from '../../../log-file/inner-line.ts';
import { draftFromJson } from '../../../record-names/draft-from-json.ts';
import { fieldsOfLabels } from './label-fields.ts';
import type { Line } from './push.ts';

/**
 * The record of a line. What the line says wins over its metadata, and this over its labels. `labels`: the draft of the stream's
 * labels alone, which most lines share.
 */
export function draftOfLine(
  { timestamp, text, metadata }: Line,
  stream: { labels: JsonObject; draft: Draft },
  clock: Clock,
): Draft {
  const isBare = metadata === null || isEmpty(metadata);
  const outer: Draft = isBare ? { ...stream.draft } : fieldsOfLabels({ ...stream.labels, ...metadata });
  if (timestamp) outer.timestamp = timestamp;
  const tail = winstonTail(text, stream.labels.level);
  const draft = tail
    ? withInnerLine(joined(outer, tail.draft), tail.message, clock)
    : withInnerLine(outer, text, clock);
  if (timestamp && draft.timestamp && isAhead(draft.timestamp, timestamp)) draft.timestamp = timestamp;
  return draft;
}

/** Clocks of zones differ by whole quarters of an hour. */
const AHEAD_MS_MAX = 14 * 60_000;

/**
 * An agent does not read a line before it is written: the later time is that of a line which names no zone, from a machine whose
 * clock is not in UTC. It would be rejected as a time in the future.
 */
const isAhead = (ofLine: Timestamp, ofAgent: Timestamp): boolean =>
  ofLine > ofAgent && millisOf(ofLine) - millisOf(ofAgent) > AHEAD_MS_MAX;

/** Places in a line where its JSON is looked for. */
const TAILS_MAX = 8;

/**
 * winston-loki writes a line as the message, and behind it the other members of the record as JSON. They name the level of the
 * stream, which tells such a line from a message that ends with JSON by chance.
 */
function winstonTail(text: string, level: unknown): { message: string; draft: Draft } | undefined {
  if (typeof level !== 'string' || !text.endsWith('}')) return undefined;
  let at = text.indexOf(' {"');
  for (let tried = 0; at >= 0 && tried < TAILS_MAX; tried++, at = text.indexOf(' {"', at + 1)) {
    const tail = tryJson(text.slice(at + 1));
    if (!isJsonObject(tail)) continue;
    // A format of winston may have put colours around it.
    if (typeof tail.level !== 'string' || !tail.level.includes(level)) return undefined;
    const { level: _, ...members } = tail as JsonObject;
    return { message: text.slice(0, at).trimEnd(), draft: draftFromJson(members) };
  }
  return undefined;
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
