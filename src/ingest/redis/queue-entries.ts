import { hash } from 'node:crypto';
import { type JsonObject, setOwn } from '../../log/json.ts';
import {
  type Arrival,
  type Draft,
  FUTURE_MS_MAX,
  makeRecord,
  type NewRecord,
  RECORD_BYTES_MAX,
  type Redactor,
  redactedText,
} from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';
import { shift, type Timestamp } from '../../log/time.ts';
import { uidsOfEntry } from '../../log/uid.ts';
import { collected } from '../../log-file/collected.ts';
import { beginsWithObjectLine, entryOfJson, invalidJson } from '../../log-file/entries/entry.ts';
import { splitJson } from '../../log-file/entries/json-splitter.ts';
import { createClock } from '../../log-file/inner-line.ts';
import { draftFromJson } from '../../record-names/draft-from-json.ts';
import type { DeadLetter } from '../spool/dead-letters.ts';
import type { Idempotency } from '../submission.ts';
import { QUEUE_KEY } from './queue-key.ts';

/** An entry of the stream as Redis sends it: `fields` has a name, its value, the next name and so on. */
export interface QueueEntry {
  id: string;
  fields: string[];
}

/** A piece of an entry that cannot be stored as a record. */
export interface RejectedPiece {
  /** The text that the sender wrote, without secrets. */
  raw: string;
  code: string;
  reason: string;
  letter: DeadLetter;
}

export interface ReadEntry {
  records: NewRecord[];
  rejected: RejectedPiece[];
  /** Set where the records have the server's time: read again, the entry gives other times, so its key makes it stored once. */
  idempotency: Idempotency | null;
}

/** The limit of an entry's content, in UTF-16 units: that of a record. A longer entry is rejected as a whole. */
export const ENTRY_CHARACTERS_MAX = RECORD_BYTES_MAX;
/** Records in one text of an entry. A text with more is rejected as a whole: each piece would be a dead letter of its own. */
const ENTRY_RECORDS_MAX = 10_000;
const EPOCH = '1970-01-01T00:00:00.000000Z';

/** A draft of a record, or the reason why the piece is not a record. `raw` is the piece's own text, as the sender wrote it. */
type Piece = { draft: Draft; raw: () => string } | { code: string; reason: string; raw: () => string };

/**
 * Reads the records of an entry. Either a field `log` has a JSON object, an array of objects or NDJSON, or the entry's
 * fields (`message`, `level` ...) are those of one record.
 *
 * A record without a timestamp gets the time in the entry's id. A record without a uid gets one that is computed from the
 * entry. So an entry that is read twice gives the same records, which are stored once. As everywhere, a uid from the sender
 * needs a timestamp too.
 *
 * An id in the far future is no time: a sender chose it, and Redis only counts on from there. Then the server's time is taken.
 */
export function readEntry({ id, fields }: QueueEntry, arrival: Arrival): ReadEntry {
  const content = fields.join('\0');
  const ofId = timestampOfEntry(id);
  const isTime = ofId <= arrival.newest;
  const timestamp = isTime ? ofId : arrival.receivedAt;
  // Also for an id that is close to the bound: when it is delivered again, it may be a time.
  const isSurelyTime = ofId <= shift(arrival.receivedAt, FUTURE_MS_MAX / 2);
  const idempotency = isSurelyTime ? null : idempotencyOf(id, content);
  const read: ReadEntry = { records: [], rejected: [], idempotency };
  const uidOf = uidsOfEntry(id, content);
  let place = 0;
  // By the entry's own time: an entry that is read twice gives the same records.
  const clock = createClock({ timeZone: 'UTC', now: timestamp });
  for (const piece of collected(piecesOf(fields, content.length), clock)) {
    const identity = { uid: uidOf(place++), timestamp };
    const made = 'reason' in piece ? piece : makeRecord(withIdentity(piece.draft, identity), arrival);
    if ('reason' in made) read.rejected.push(rejectedPiece(piece.raw(), made, identity, arrival.redactor));
    else read.records.push(made);
  }
  return read;
}

/** The key has a hash of the content, because entries of different Redis servers may have the same id. */
function idempotencyOf(id: string, content: string): Idempotency {
  const bodyHash = hash('sha256', content, 'buffer');
  return { key: `redis ${QUEUE_KEY} ${id} ${bodyHash.toString('hex', 0, 16)}`, bodyHash };
}

/** The dead letter has the piece as its message, because the piece itself is not a record that could be imported. */
function rejectedPiece(
  sent: string,
  { code, ...why }: Pick<Rejection, 'code' | 'reason'>,
  identity: { uid: string; timestamp: Timestamp },
  redactor: Redactor | null,
): RejectedPiece {
  const reason = redactedText(`${code}: ${why.reason}`, redactor);
  const raw = redactedText(sent, redactor);
  return { raw, code, reason, letter: { draft: { ...identity, message: raw }, reason } };
}

/** `shift` keeps it within the range of timestamps: the number in an id may be any. */
export const timestampOfEntry = (id: string): Timestamp => shift(EPOCH, Number(id.slice(0, id.indexOf('-'))));

function withIdentity(draft: Draft, { uid, timestamp }: { uid: string; timestamp: Timestamp }): Draft {
  if (draft.uid) return draft;
  draft.uid = uid;
  draft.timestamp ??= timestamp;
  return draft;
}

function* piecesOf(fields: string[], characters: number): Generator<Piece> {
  const texts = fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === 'log');
  const asJson = () => JSON.stringify(objectOf(fields));
  if (characters > ENTRY_CHARACTERS_MAX) {
    const reason = `expected an entry of at most ${ENTRY_CHARACTERS_MAX} characters, got ${characters}`;
    yield { code: 'TOO_LARGE', reason, raw: () => (texts.length === 1 ? texts[0]! : asJson()) };
  } else if (texts.length > 0) {
    for (const text of texts) yield* piecesOfText(text);
  } else yield flatPiece(fields, asJson);
}

/** An entry whose fields are those of one record. */
function flatPiece(fields: string[], raw: () => string): Piece {
  const draft = draftFromJson(objectOf(fields));
  if (typeof draft.message === 'string') return { draft, raw };
  return { code: 'NOT_A_RECORD', reason: 'expected a field log with a JSON object, or a field message', raw };
}

/** NDJSON, a list, or one object. A list that is not closed is rejected as a whole. */
function* piecesOfText(text: string): Generator<Piece> {
  const trimmed = text.trim();
  const isList = trimmed.startsWith('[');
  if (!isList && !(trimmed.includes('\n') && beginsWithObjectLine(trimmed))) {
    yield pieceOf(text);
    return;
  }
  const texts: string[] = [];
  for (const piece of isList ? elementsOf(trimmed) : trimmed.split('\n')) {
    if (typeof piece !== 'string') return yield rejectedWith(invalidJson(1, piece.broken, text), () => text);
    if (piece.trim() !== '') texts.push(piece);
    if (texts.length > ENTRY_RECORDS_MAX) {
      const reason = `expected at most ${ENTRY_RECORDS_MAX} records in one text, got more`;
      return yield rejectedWith({ code: 'TOO_LARGE', reason }, () => text);
    }
  }
  if (texts.length === 0)
    return yield rejectedWith(
      { code: 'NOT_AN_OBJECT', reason: 'expected a JSON object, got an empty list' },
      () => text,
    );
  for (const one of texts) yield pieceOf(one);
}

/** No element is too long, because the entry is not. */
function* elementsOf(text: string): Generator<string | { broken: string }> {
  for (const piece of splitJson(text)) if (!('tooLong' in piece)) yield 'text' in piece ? piece.text : piece;
}

function pieceOf(text: string): Piece {
  const entry = entryOfJson(1, text);
  return 'draft' in entry ? { draft: entry.draft, raw: () => text } : rejectedWith(entry, () => text);
}

const rejectedWith = ({ code, reason }: { code: string; reason: string }, raw: () => string): Piece => ({
  code,
  reason,
  raw,
});

function objectOf(fields: string[]): JsonObject {
  const object: JsonObject = {};
  for (let i = 0; i + 1 < fields.length; i += 2) setOwn(object, fields[i]!, fields[i + 1]!);
  return object;
}
