import type { Timestamp } from '../../log/time.ts';
import { PAUSE, type Pause } from '../../log-file/log-file.ts';

const REQUEST_RECORDS = 4_000;
/** A request may grow to this size while its records have the same time. */
const REQUEST_RECORDS_MAX = 5_000;
const REQUEST_CHARACTERS_MAX = 4 * 1024 * 1024;

interface LineOfBody {
  /** The line of the file where the record begins. */
  at: number;
  timestamp: Timestamp | null;
  /** The record as NDJSON. */
  line: string;
}

/** The body of one request. */
export interface Body {
  /** The number of records before it. */
  from: number;
  lines: string[];
  /** For each line of the body, the line of the file where its record begins. */
  at: number[];
  characters: number;
  /** Null if a record has no time: the server gives it the time of its arrival. */
  earliest: Timestamp | null;
  latest: Timestamp | null;
  /** Full: it ends here also after the file has grown. */
  isFull: boolean;
}

/** A full body takes further records of the same time, so that the next body need not wait for it. */
export async function* bodiesOf(records: AsyncIterable<LineOfBody | Pause>): AsyncGenerator<Body> {
  let body: Body | undefined;
  let from = 0;
  for await (const record of records) {
    if (record === PAUSE) {
      if (body) yield body;
      body = undefined;
      continue;
    }
    const { at, timestamp, line } = record;
    if (body && isFull(body, timestamp)) {
      yield { ...body, isFull: true };
      body = undefined;
    }
    body ??= { from, lines: [], at: [], characters: 0, earliest: timestamp, latest: timestamp, isFull: false };
    from++;
    body.lines.push(line);
    body.at.push(at);
    body.characters += line.length;
    if (timestamp === null) body.earliest = body.latest = null;
    else if (body.earliest !== null && timestamp < body.earliest) body.earliest = timestamp;
    else if (body.latest !== null && timestamp > body.latest) body.latest = timestamp;
  }
  if (body) yield body;
}

const isFull = ({ lines, characters, latest }: Body, next: Timestamp | null): boolean =>
  characters >= REQUEST_CHARACTERS_MAX ||
  lines.length >= REQUEST_RECORDS_MAX ||
  (lines.length >= REQUEST_RECORDS && (next === null || next !== latest));

/** Whether all records of a body are later than all of an earlier body. */
export const isAfter = ({ earliest }: Body, { latest }: Body): boolean =>
  earliest !== null && latest !== null && earliest > latest;
