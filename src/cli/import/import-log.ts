import { ndjsonLine } from '../../log/ndjson-line.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Entry } from '../../log-file/entries/entry.ts';
import { PAUSE, type Pause } from '../../log-file/log-file.ts';
import type { LogEntry } from '../../log-file/log-reader.ts';
import { type Body, bodiesOf, isAfter } from './bodies.ts';
import type { ImportKeys } from './import-keys.ts';
import { sendBody } from './send-body.ts';
import type { Stored, Uploader } from './uploader.ts';

const IN_FLIGHT_MAX = 2;
const REJECTIONS_KEPT_MAX = 5;

interface RejectedLine {
  /** The line's number in the file, or the record's number in a JSON array, from 1. */
  line: number;
  code: string;
  reason: string;
}

export interface Summary {
  records: number;
  duplicates: number;
  /** Of the duplicates, those that an earlier import of this file stored. */
  storedBefore: number;
  /** Lines without a time, which have the time of the record before them. */
  timeOfLineBefore: number;
  /** Records without a time, which the server stores with the time of their arrival. */
  withoutTime: number;
  /** Records outside the range of time, and records without a time where there is such a range. */
  leftOut: number;
  rejected: number;
  /** The first few rejections. */
  rejections: RejectedLine[];
}

interface Import {
  /** At a pause, all records read so far are sent. */
  entries: AsyncIterable<Entry | LogEntry | Pause>;
  keys: ImportKeys;
  /** Only records at or after `since` and before `until`. */
  since?: Timestamp | undefined;
  until?: Timestamp | undefined;
  /** For records that name no service. */
  service: string | undefined;
  uploader: Uploader;
  /** Called after each request with what was stored so far. */
  onStored(summary: Summary): void;
}

/**
 * Stores a log file's records in their order in the file. Records of the same time are ordered by their uids, which the
 * server generates as they arrive. So a request waits for earlier requests, unless all its records are later than theirs.
 */
export async function importLog(task: Import): Promise<Summary> {
  const summary: Summary = {
    records: 0,
    duplicates: 0,
    storedBefore: 0,
    timeOfLineBefore: 0,
    withoutTime: 0,
    leftOut: 0,
    rejected: 0,
    rejections: [],
  };
  const reject = (line: RejectedLine): void => {
    summary.rejected++;
    if (summary.rejections.length < REJECTIONS_KEPT_MAX) summary.rejections.push(line);
  };
  const add = (stored: Stored, at: readonly number[]): void => {
    const duplicates = stored.storedBefore ? stored.accepted : stored.duplicates;
    summary.records += stored.accepted - duplicates;
    summary.duplicates += duplicates;
    if (stored.storedBefore) summary.storedBefore += stored.accepted;
    for (const { line, code, reason } of stored.rejected) reject({ line: at[line - 1]!, code, reason });
    summary.rejected += stored.rejectedCount - stored.rejected.length;
    task.onStored(summary);
  };

  const inFlight: { body: Body; stored: Promise<void> }[] = [];
  const send = async (body: Body): Promise<void> => {
    while (inFlight.length >= IN_FLIGHT_MAX || inFlight.some((before) => !isAfter(body, before.body))) {
      await inFlight[0]!.stored;
      inFlight.shift();
    }
    const stored = sendBody(body, task.uploader, task.keys, add);
    // It is awaited later. Until then a failure must not count as an unhandled rejection.
    stored.catch(() => {});
    inFlight.push({ body, stored });
  };
  try {
    for await (const body of bodiesOf(recordsOf(task, summary, reject))) await send(body);
    for (const { stored } of inFlight) await stored;
  } finally {
    await Promise.allSettled(inFlight.map(({ stored }) => stored));
  }
  return summary;
}

/** What a body is made of. */
async function* recordsOf(
  { entries, since, until, service }: Import,
  summary: Summary,
  reject: (line: RejectedLine) => void,
) {
  for await (const entry of entries) {
    if (entry === PAUSE) {
      yield PAUSE;
    } else if (!('draft' in entry)) {
      reject({ line: entry.at, code: entry.code, reason: entry.reason });
    } else {
      const { at, draft } = entry;
      const timestamp = draft.timestamp ?? null;
      if (!isWithin(timestamp, since, until)) {
        summary.leftOut++;
        continue;
      }
      if (timestamp === null) summary.withoutTime++;
      else if ('time' in entry && entry.time === 'before') summary.timeOfLineBefore++;
      yield { at, timestamp, line: ndjsonLine(service ? { ...draft, service: draft.service ?? service } : draft) };
    }
  }
}

const isWithin = (timestamp: Timestamp | null, since: Timestamp | undefined, until: Timestamp | undefined): boolean =>
  timestamp === null
    ? since === undefined && until === undefined
    : (since === undefined || timestamp >= since) && (until === undefined || timestamp < until);
