import { ndjsonLine } from '../log/ndjson-line.ts';
import type { Timestamp } from '../log/time.ts';
import { type Clock, type LogFormat, PAUSE, type Pause, readLogFile } from '../log-file/log-file.ts';
import type { LogEntry } from '../log-file/log-reader.ts';
import type { Uploader } from './upload.ts';

/** A request carries as many records, and up to so many where they are all of one time. */
const REQUEST_RECORDS = 4_000;
const REQUEST_RECORDS_MAX = 5_000;
const REQUEST_CHARACTERS_MAX = 4 * 1024 * 1024;
const IN_FLIGHT_MAX = 2;
const REFUSALS_KEPT_MAX = 5;

interface Refused {
  /** Of the file, from 1. */
  line: number;
  code: string;
  reason: string;
}

export interface Summary {
  format: string;
  records: number;
  duplicates: number;
  refused: number;
  /** The first few. */
  refusals: Refused[];
}

interface Import {
  /** At a pause, all that is held is sent. */
  bytes: AsyncIterable<Uint8Array | Pause>;
  /** Undefined: found out from the first lines. */
  format: LogFormat | undefined;
  clock: Clock;
  /** Of records that name none. */
  service: string | undefined;
  uploader: Uploader;
  onStart(format: string): void;
  /** After each request: the records stored so far. */
  onStored(records: number): void;
}

/** What one request carries. */
interface Body {
  lines: string[];
  /** Of each line, where its record began in the file. */
  at: number[];
  characters: number;
  /** Null where a record has no time of its own: it takes the server's. */
  earliest: Timestamp | null;
  latest: Timestamp | null;
}

/**
 * Stores a log file's records in their order in the file. Records of one time are ordered by their uids, which are made as
 * they arrive: so a request waits for those before it unless all its records are later than theirs.
 */
export async function importLog(task: Import): Promise<Summary> {
  const summary: Summary = { format: '', records: 0, duplicates: 0, refused: 0, refusals: [] };
  const refuse = (refused: Refused): void => {
    summary.refused++;
    if (summary.refusals.length < REFUSALS_KEPT_MAX) summary.refusals.push(refused);
  };
  const store = async ({ lines, at }: Body): Promise<void> => {
    const stored = await task.uploader.send(lines.join('\n'));
    summary.records += stored.accepted - stored.duplicates;
    summary.duplicates += stored.duplicates;
    for (const { line, code, reason } of stored.rejected) refuse({ line: at[line - 1]!, code, reason });
    summary.refused += stored.rejectedCount - stored.rejected.length;
    task.onStored(summary.records);
  };

  const inFlight: { body: Body; stored: Promise<void> }[] = [];
  const send = async (body: Body): Promise<void> => {
    while (inFlight.length >= IN_FLIGHT_MAX || inFlight.some((before) => !isAfter(body, before.body))) {
      await inFlight[0]!.stored;
      inFlight.shift();
    }
    const stored = store(body);
    // Awaited later; until then a failure is no unhandled one.
    stored.catch(() => {});
    inFlight.push({ body, stored });
  };
  try {
    for await (const body of bodiesOf(recordsOf(task, summary, refuse), task.service)) await send(body);
    for (const { stored } of inFlight) await stored;
  } finally {
    await Promise.allSettled(inFlight.map(({ stored }) => stored));
  }
  return summary;
}

const isAfter = ({ earliest }: Body, { latest }: Body): boolean =>
  earliest !== null && latest !== null && earliest > latest;

async function* recordsOf(
  { bytes, format, clock, onStart }: Import,
  summary: Summary,
  refuse: (refused: Refused) => void,
): AsyncGenerator<LogEntry | Pause> {
  const onFormat = (name: string): void => {
    summary.format = name;
    onStart(name);
  };
  for await (const entry of readLogFile({ bytes, format, clock, onFormat })) {
    if (entry === PAUSE || 'draft' in entry) yield entry;
    else refuse({ line: entry.at, code: entry.code, reason: entry.reason });
  }
}

/** A body that is full goes on while the time stays the same, so that the next need not wait for it. */
async function* bodiesOf(entries: AsyncIterable<LogEntry | Pause>, service: string | undefined): AsyncGenerator<Body> {
  let body: Body | undefined;
  for await (const entry of entries) {
    if (entry === PAUSE) {
      if (body) yield body;
      body = undefined;
      continue;
    }
    const { at, draft } = entry;
    const timestamp = draft.timestamp ?? null;
    if (body && isFull(body, timestamp)) {
      yield body;
      body = undefined;
    }
    body ??= { lines: [], at: [], characters: 0, earliest: timestamp, latest: timestamp };
    const line = ndjsonLine(service ? { ...draft, service: draft.service ?? service } : draft);
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
