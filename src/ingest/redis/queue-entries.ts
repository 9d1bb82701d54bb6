import { type JsonObject, parseJson, setOwn } from '../../log/json.ts';
import {
  type Arrival,
  type Draft,
  isRejection,
  makeRecord,
  type NewRecord,
  RECORD_BYTES_MAX,
} from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';
import { shift, type Timestamp } from '../../log/time.ts';
import { uidsOfEntry } from '../../log/uid.ts';
import { beginsWithObjectLine, entryOf, invalidJson } from '../../log-file/entries/entry.ts';
import { draftFromJson } from '../../record-names/draft-from-json.ts';
import type { DeadLetter } from '../spool/dead-letters.ts';

/** An entry of the stream as Redis gives it: names and values by turns. */
export interface QueueEntry {
  id: string;
  fields: string[];
}

/** What of an entry is no record: the piece as it came, why, and as a dead letter. */
export interface RefusedPiece {
  raw: string;
  reason: string;
  letter: DeadLetter;
}

interface ReadEntry {
  records: NewRecord[];
  refused: RefusedPiece[];
}

/** An entry's content may be this long, as a record may; a longer one is refused whole. UTF-16 units. */
export const ENTRY_CHARACTERS_MAX = RECORD_BYTES_MAX;
const EPOCH = '1970-01-01T00:00:00.000000Z';

/** A record of an entry, or why it is none; `raw`: it alone, as it came. */
type Piece = { draft: Draft; raw: () => string } | { reason: string; raw: () => string };

/**
 * The records of an entry, and what is none. An entry is a field `log` with a JSON object, an array of them, or NDJSON; or
 * fields `message`, `level`... of their own. A record without a time has that of its entry's id, and one without a uid has
 * one that follows from the entry: read again, it is the same record. A sender's uid without a timestamp is refused, as
 * everywhere.
 */
export function readEntry({ id, fields }: QueueEntry, arrival: Arrival): ReadEntry {
  const read: ReadEntry = { records: [], refused: [] };
  const content = fields.join('\0');
  const uidOf = uidsOfEntry(id, content);
  let place = 0;
  for (const piece of piecesOf(fields, content.length)) {
    const identity = { uid: uidOf(place++), timestamp: timestampOfEntry(id) };
    const made = 'reason' in piece ? piece.reason : makeRecord(withIdentity(piece.draft, identity), arrival);
    if (typeof made !== 'string' && !isRejection(made)) read.records.push(made);
    else read.refused.push(refusedPiece(piece.raw(), made, identity));
  }
  return read;
}

/** Set aside as text: what is imported again is seen by a person first. */
function refusedPiece(
  raw: string,
  why: string | Rejection,
  identity: { uid: string; timestamp: Timestamp },
): RefusedPiece {
  const reason = typeof why === 'string' ? why : `${why.code}: ${why.reason}`;
  return { raw, reason, letter: { draft: { ...identity, message: raw }, reason } };
}

/** Held within the years that a timestamp can say: ids may be any number. */
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
    const reason = `TOO_LARGE: expected an entry of at most ${ENTRY_CHARACTERS_MAX} characters, got ${characters}`;
    yield { reason, raw: () => (texts.length === 1 ? texts[0]! : asJson()) };
  } else if (texts.length > 0) {
    for (const text of texts) yield* piecesOfText(text);
  } else yield flatPiece(fields, asJson);
}

/** An entry whose fields are the record's own. */
function flatPiece(fields: string[], raw: () => string): Piece {
  const draft = draftFromJson(objectOf(fields));
  if (typeof draft.message === 'string') return { draft, raw };
  return { reason: 'NOT_A_RECORD: expected a field log with a JSON object, or a field message', raw };
}

function* piecesOfText(text: string): Generator<Piece> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (beginsWithObjectLine(text) && text.trim().includes('\n')) {
      for (const line of text.split('\n')) if (line.trim() !== '') yield* piecesOfText(line);
    } else yield refused(invalidJson(1, error, text), () => text);
    return;
  }
  if (!Array.isArray(value)) yield pieceOf(value, () => text);
  else if (value.length === 0) yield refused(entryOf(1, 0, value) as { code: string; reason: string }, () => text);
  else for (const element of value) yield pieceOf(element, () => jsonOf(element) ?? text);
}

function pieceOf(value: unknown, raw: () => string): Piece {
  const entry = entryOf(1, 0, value);
  return 'draft' in entry ? { draft: entry.draft, raw } : refused(entry, raw);
}

const refused = ({ code, reason }: { code: string; reason: string }, raw: () => string): Piece => ({
  reason: `${code}: ${reason}`,
  raw,
});

/** Undefined where it is too deep to be written. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function objectOf(fields: string[]): JsonObject {
  const object: JsonObject = {};
  for (let i = 0; i + 1 < fields.length; i += 2) setOwn(object, fields[i]!, fields[i + 1]!);
  return object;
}
