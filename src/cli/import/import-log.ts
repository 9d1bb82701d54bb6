import { ndjsonLine } from '../../log/ndjson-line.ts';
import type { Timestamp } from '../../log/time.ts';
import { type Clock, type LogFormat, PAUSE, type Pause, readLogFile } from '../../log-file/log-file.ts';
import type { LogEntry } from '../../log-file/log-reader.ts';
import type { Uploader } from './uploader.ts';

const REQUEST_RECORDS = 4_000;
/** A request may grow to this size while its records have the same time. */
const REQUEST_RECORDS_MAX = 5_000;
const REQUEST_CHARACTERS_MAX = 4 * 1024 * 1024;
const IN_FLIGHT_MAX = 2;
const REJECTIONS_KEPT_MAX = 5;

interface RejectedLine {
  /** The line's number in the file, from 1. */
  line: number;
  code: string;
  reason: string;
}

export interface Summary {
  format: string;
  records: number;
  duplicates: number;
  rejected: number;
  /** The first few rejections. */
  rejections: RejectedLine[];
}

interface Import {
  /** At a pause, all records read so far are sent. */
  bytes: AsyncIterable<Uint8Array | Pause>;
  /** Undefined: detected from the first lines. */
  format: LogFormat | undefined;
  clock: Clock;
  /** For records that name no service. */
  service: string | undefined;
  uploader: Uploader;
  onStart(format: string): void;
  /** Called after each request with the number of records stored so far. */
  onStored(records: number): void;
}

/** The body of one request. */
interface Body {
  lines: string[];
  /** For each line of the body, the line of the file where its record begins. */
  at: number[];
  characters: number;
  /** Null if a record has no time: the server gives it the time of its arrival. */
  earliest: Timestamp | null;
  latest: Timestamp | null;
}

/**
 * Stores a log file's records in their order in the file. Records of the same time are ordered by their uids, which the
 * server generates as they arrive. So a request waits for earlier requests, unless all its records are later than theirs.
 */
export async function importLog(task: Import): Promise<Summary> {
  const summary: Summary = { format: '', records: 0, duplicates: 0, rejected: 0, rejections: [] };
  const reject = (line: RejectedLine): void => {
    summary.rejected++;
    if (summary.rejections.length < REJECTIONS_KEPT_MAX) summary.rejections.push(line);
  };
  const store = async ({ lines, at }: Body): Promise<void> => {
    const stored = await task.uploader.send(lines.join('\n'));
    summary.records += stored.accepted - stored.duplicates;
    summary.duplicates += stored.duplicates;
    for (const { line, code, reason } of stored.rejected) reject({ line: at[line - 1]!, code, reason });
    summary.rejected += stored.rejectedCount - stored.rejected.length;
    task.onStored(summary.records);
  };

  const inFlight: { body: Body; stored: Promise<void> }[] = [];
  const send = async (body: Body): Promise<void> => {
    while (inFlight.length >= IN_FLIGHT_MAX || inFlight.some((before) => !isAfter(body, before.body))) {
      await inFlight[0]!.stored;
      inFlight.shift();
    }
    const stored = store(body);
    // It is awaited later. Until then a failure must not count as an unhandled rejection.
    stored.catch(() => {});
    inFlight.push({ body, stored });
  };
  try {
    for await (const body of bodiesOf(recordsOf(task, summary, reject), task.service)) await send(body);
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
  reject: (line: RejectedLine) => void,
): AsyncGenerator<LogEntry | Pause> {
  const onFormat = (name: string): void => {
    summary.format = name;
    onStart(name);
  };
  for await (const entry of readLogFile({ bytes, format, clock, onFormat })) {
    if (entry === PAUSE || 'draft' in entry) yield entry;
    else reject({ line: entry.at, code: entry.code, reason: entry.reason });
  }
}

/** A full body takes further records of the same time, so that the next body need not wait for it. */
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
