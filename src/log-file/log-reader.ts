import type { Draft } from '../log/record.ts';
import type { Timestamp } from '../log/time.ts';
import type { Clock } from './formats/clock.ts';
import type { LogFormat } from './formats/log-format.ts';
import { isTraceLine, splitTrace } from './formats/stack-trace.ts';

/** The limits of one record. The line after them begins another record. */
const RECORD_LINES_MAX = 2_000;
const RECORD_CHARACTERS_MAX = 1_000_000;

/** A record of a log file. */
export interface LogEntry {
  /** Its first line, counted from 1. */
  at: number;
  draft: Draft;
  /** The time is that of its line, or of the record before it. `none`: the server gives it the time of its arrival. */
  time: 'own' | 'before' | 'none';
}

/** Reads records from lines. A record is complete only when the next one begins. */
export interface LogReader {
  /** The record before this line, if this line ends it. */
  push(line: string): LogEntry | undefined;
  /** The record that is open. No more of its lines will come. */
  end(): LogEntry | undefined;
}

interface Open extends LogEntry {
  /** The format parsed its first line. */
  known: boolean;
  more: string[];
  /** How many lines the format has added to the draft. */
  added: number;
  characters: number;
  inTrace: boolean;
}

/**
 * Only blank lines between records are dropped. A line that begins no record belongs to the record before it (a stack trace goes
 * to `stackTrace`), or becomes a record of its own with the time of the record before it.
 */
export function createLogReader(format: LogFormat, clock: Clock): LogReader {
  const inFile = format.inFile?.() ?? format;
  let at = 0;
  let open: Open | undefined;
  let lastTimestamp: Timestamp | null = null;

  const begin = (draft: Draft, known: boolean): LogEntry | undefined => {
    const done = open && finished(open);
    const time = !draft.timestamp ? 'none' : known ? 'own' : 'before';
    open = { at, draft, time, known, more: [], added: 0, characters: 0, inTrace: false };
    return done;
  };
  return {
    push(line) {
      at++;
      if (inFile.isHead?.(line)) return undefined;
      if (open && inFile.adds && hasRoomFor(line, open) && inFile.adds(line, open.draft)) {
        open.added++;
        open.characters += line.length;
        return undefined;
      }
      const draft = parseBy(inFile, line, clock);
      if (draft) {
        lastTimestamp = draft.timestamp ?? null;
        return begin(draft, true);
      }
      if (open && hasRoomFor(line, open) && belongs(open, line, inFile)) {
        open.inTrace = isTraceLine(line, open.inTrace);
        open.more.push(line);
        open.characters += line.length;
        return undefined;
      }
      if (line.trim() === '') return undefined;
      return begin({ message: line.trimEnd(), timestamp: lastTimestamp }, false);
    },
    end() {
      const done = open && finished(open);
      open = undefined;
      return done;
    },
  };
}

function parseBy(format: LogFormat, line: string, clock: Clock): Draft | undefined {
  for (let tried: LogFormat | undefined = format; tried; tried = tried.besides) {
    const draft = tried.parse(line, clock);
    if (draft) return draft;
  }
  return undefined;
}

const hasRoomFor = (line: string, { more, added, characters }: Open): boolean =>
  more.length + added < RECORD_LINES_MAX && characters + line.length <= RECORD_CHARACTERS_MAX;

const belongs = ({ known, inTrace }: Open, line: string, format: LogFormat): boolean =>
  known ? format.continues(line, inTrace) : isTraceLine(line, inTrace);

function finished({ at, draft, time, more }: Open): LogEntry {
  if (more.length === 0) return { at, draft, time };
  const first = draft.message ?? '';
  const { message, trace, errorType } = splitTrace(first, more);
  draft.message = [first, ...message].join('\n').trimEnd();
  if (trace.length > 0) draft.stackTrace ??= trace.join('\n').trimEnd();
  draft.errorType ??= errorType;
  return { at, draft, time };
}
