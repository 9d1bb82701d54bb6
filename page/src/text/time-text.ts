import { DAY, instantOf, localOf, rfc3339, startOfDay } from './clock.ts';
import { type Clocks, type Named, readInstant, UnreadableTime } from './instant-text.ts';
import { readLastLength, readLength, shortLength } from './length-text.ts';

/** A range as the URL has it. `last`: a Duration, or a word of `WORDS`; else RFC 3339, undefined where it is open. */
export type TimeRange = { last: string } | { from: string | undefined; to: string | undefined };

const HOUR = 3_600_000;
const AROUND = 5 * 60_000;
export const ALL_TIME = 'all';
/** Ranges that are other ones tomorrow. */
export const WORDS: readonly string[] = ['today', 'yesterday', 'this week'];

const EXPECTED =
  'a length of time ("2h", "last 3 days"), a day ("yesterday", "2026-11-20"), a time ("14:00", "yesterday 14:00", "1764151200"), ' +
  'or two of them ("2026-11-20 10:00 to 12:00")';

/**
 * Reads what a person types as a range. A length ends now. A day is that day; a clock without seconds the hour from then; an instant
 * with seconds five minutes before and after it. Also `since`, `until`, `around`, `A to B`, `A for 2h`.
 *
 * @throws UnreadableTime
 */
export function readRange(typed: string, clocks: Clocks): TimeRange {
  const text = typed.trim().replaceAll(/\s+/g, ' ');
  const word = text.toLowerCase();
  if (/^(all|all time|any time|ever)$/.test(word)) return { last: ALL_TIME };
  if (WORDS.includes(word)) return { last: word };
  const last = /^(?:the )?(?:last|past|previous) (.+)$/.exec(word);
  const length = last ? readLastLength(last[1]!) : readLength(text);
  if (length !== undefined) return { last: shortLength(length) };
  return readOpen(text, clocks) ?? readTwo(text, clocks) ?? rangeOf(text, clocks);
}

function readOpen(text: string, clocks: Clocks): TimeRange | undefined {
  const [, word, rest] = /^(since|after|until|till|before|around)\s(.+)$/i.exec(text) ?? [];
  const named = rest === undefined ? undefined : readInstant(rest, clocks);
  if (!word || !named) return undefined;
  if (/^around$/i.test(word)) return between(named.at - AROUND, named.at + AROUND);
  const at = rfc3339(named.at);
  return /^(since|after)$/i.test(word) ? { from: at, to: undefined } : { from: undefined, to: at };
}

/** Of all places where it can be divided, the first that has a time on both sides: dates have dashes too. */
function readTwo(text: string, clocks: Clocks): TimeRange | undefined {
  const bare = text.replace(/^(from|between) /i, '');
  const lasting = /^(.+?)(?: for | ?\+ ?)(.+)$/i.exec(bare);
  const length = lasting && readLength(lasting[2]!);
  const began = length ? readInstant(lasting[1]!, clocks) : undefined;
  if (length && began) return between(began.at, began.at + length);
  for (const { index, 0: divider } of bare.matchAll(/ (?:to|until|till|and|->|→|-|–|—) | ?(?:\.\.|→|–|—) ?/gi)) {
    const start = readInstant(bare.slice(0, index), clocks);
    if (!start) continue;
    const end = readInstant(bare.slice(index + divider.length), clocks, start.at);
    if (end) return joined(start, end, bare.slice(index + divider.length), clocks);
  }
  return undefined;
}

/** A day as the end is within the range. A clock alone that is before the start is one of the next day. */
function joined(start: Named, end: Named, endText: string, { offset }: Clocks): TimeRange {
  if (/^now$/i.test(endText)) return { from: rfc3339(start.at), to: undefined };
  const last = end.precision === 'day' ? startOfDay(end.at, offset, 1) : end.at;
  if (last > start.at) return between(start.at, last);
  if (/^\d{1,2}(:| ?[ap]m)/i.test(endText)) return between(start.at, instantOf(localOf(last, offset) + DAY, offset));
  throw new UnreadableTime(`The end (${rfc3339(last)}) must be after the start (${rfc3339(start.at)}).`);
}

function rangeOf(text: string, clocks: Clocks): TimeRange {
  const named = text === '' ? undefined : readInstant(text, clocks);
  if (!named) throw new UnreadableTime(`Expected ${EXPECTED}${text === '' ? '' : `, got "${text}"`}.`);
  const { at, precision } = named;
  if (precision === 'ago') return { from: rfc3339(at), to: undefined };
  if (precision === 'day') return between(at, startOfDay(at, clocks.offset, 1));
  return precision === 'minute' ? between(at, at + HOUR) : between(at - AROUND, at + AROUND);
}

const between = (from: number, to: number): TimeRange => ({ from: rfc3339(from), to: rfc3339(to) });

/** From when to when a word of `WORDS` goes now. Weeks begin on Mondays. `to` null: until now. */
export function rangeOfWord(word: string, { now, offset }: Clocks): { from: number; to: number | null } {
  if (word === 'yesterday') return { from: startOfDay(now, offset, -1), to: startOfDay(now, offset) };
  const monday = readInstant('monday', { now, offset })!.at;
  return { from: word === 'today' ? startOfDay(now, offset) : monday, to: null };
}
