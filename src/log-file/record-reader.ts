import { joined } from '../log/joined.ts';
import { severityOf } from '../log/level.ts';
import type { Draft } from '../log/record.ts';
import type { Timestamp } from '../log/time.ts';
import { readBy, readByAny, saysMore } from './any-format.ts';
import type { Clock } from './formats/clock.ts';
import { plainDatedFormat } from './formats/dated.ts';
import type { LogFormat } from './formats/log-format.ts';
import { ndjsonFormat } from './formats/ndjson.ts';
import { textFormat } from './formats/text.ts';
import { withLineRead } from './inner-line.ts';
import { textDraft } from './text-draft.ts';
import { addLines } from './traces/split-trace.ts';
import { type Trace, traceAfter, traceBegunBy } from './traces/trace.ts';
import { isNodeSource, isTraceback, uncaughtOf } from './traces/trace-lines.ts';

/** The limits of one record. The line after them begins another record. */
const RECORD_LINES_MAX = 2_000;
export const RECORD_CHARACTERS_MAX = 1_000_000;

/** A record of a log file. */
export interface LogEntry {
  /** Its first line, counted from 1. */
  at: number;
  draft: Draft;
  /** The time is that of its line, or of the record before it. `none`: the server gives it the time of its arrival. */
  time: 'own' | 'before' | 'none';
}

export interface SourceLine {
  at: number;
  text: string;
  /** What its envelopes say. */
  outer: Draft | null;
}

/** Reads records from lines that follow one another: those of one program. A record is complete only when the next one begins. */
export interface RecordReader {
  /** The record before this line, if this line ends it. */
  push(line: SourceLine): LogEntry | undefined;
  /** The record that is open. No more of its lines will come. */
  end(): LogEntry | undefined;
  /** The characters of the record that is open. */
  held(): number;
}

interface Open extends LogEntry {
  /** The format that read its first line. */
  format: LogFormat | null;
  more: string[];
  /** How many lines the format has added to the draft. */
  added: number;
  characters: number;
  trace: Trace | null;
}

/**
 * Only blank lines between records are dropped. A line that begins no record belongs to the record before it (a stack trace goes
 * to `stackTrace`), or becomes a record of its own. A record that is not JSON and has no time gets the time of the record before
 * it.
 * @param format what most lines are. Undefined: what the first line is
 */
export function createRecordReader(
  format: LogFormat | undefined,
  fileClock: Clock,
  lastTimestamp: Timestamp | null = null,
): RecordReader {
  let clock = fileClock;
  let own = format && (format.inFile?.() ?? format);
  // A file of dates in general may have lines that a format of programs reads better.
  const isSpecific = format !== plainDatedFormat;
  let open: Open | undefined;

  const begin = (line: SourceLine, draft: Draft, known: LogFormat | null): LogEntry | undefined => {
    const done = open && finished(open);
    const { at, text } = line;
    // JSON is written as a whole: where it has no time, its logger gave it none.
    const before = known === ndjsonFormat ? null : lastTimestamp;
    const time = draft.timestamp ? 'own' : before ? 'before' : 'none';
    draft.timestamp ??= before;
    lastTimestamp = draft.timestamp;
    const trace = traceBegunBy(draft.message ?? '');
    open = { at, draft, time, format: known, more: [], added: 0, characters: text.length, trace };
    return done;
  };
  const beginKnown = (line: SourceLine, inner: Draft, known: LogFormat): LogEntry | undefined =>
    begin(line, withLineRead(line.outer ? joined(line.outer, inner) : inner, clock), known);
  const isFile = (known: LogFormat | null): known is LogFormat => known !== null && own !== textFormat;

  return {
    push(line) {
      const { text, outer } = line;
      clock = outer?.timestamp ? fileClock.at(outer.timestamp) : fileClock;
      if (own?.isHead?.(text)) return undefined;
      const hasRoom = open !== undefined && roomFor(text, open);
      if (open && hasRoom && open.format?.adds?.(text, open.draft)) {
        open.added++;
        open.characters += text.length;
        if (open.draft.timestamp && open.draft.timestamp !== lastTimestamp) {
          lastTimestamp = open.draft.timestamp;
          open.time = 'own';
        }
        return undefined;
      }
      const read = own && isSpecific && readBy(own, text, clock);
      if (own && read) return beginKnown(line, read, own);
      const trace = open && !isUncaughtTraceback(text, open) ? traceAfter(text, open.trace) : null;
      const isTrace = trace !== null;
      const continued = open !== undefined && isFile(open.format) && open.format.continues(text, isTrace);
      const add = (): undefined => {
        open!.trace = trace ?? open!.trace;
        open!.more.push(text);
        open!.characters += text.length;
      };
      const isOfTrace = isTrace && (open?.format === null || own === textFormat || continued);
      if (open && hasRoom && (isOfTrace || (continued && BLANK_OR_INDENTED.test(text)))) return add();
      const other = readByAny(text, clock);
      if (other && (own === undefined || own === textFormat || saysMore(other))) {
        own ??= other.format;
        return beginKnown(line, other.draft, other.format);
      }
      if (open && hasRoom && continued && !beginsAnother(text, open)) return add();
      if (text.trim() === '') return undefined;
      own ??= textFormat;
      return begin(line, textDraft(text, line.outer), null);
    },
    end() {
      const done = open && finished(open);
      open = undefined;
      return done;
    },
    held: () => open?.characters ?? 0,
  };
}

const BLANK_OR_INDENTED = /^(?:\s|$)/;

const roomFor = (text: string, { more, added, characters }: Open): boolean =>
  more.length + added < RECORD_LINES_MAX && characters + text.length <= RECORD_CHARACTERS_MAX;

/** Whether the line cannot belong to the record before it, though its format lets any line follow. */
const beginsAnother = (text: string, open: Open): boolean =>
  (open.trace?.at === 'frames' && /^\w/.test(text)) ||
  isUncaughtTraceback(text, open) ||
  (uncaughtOf(text) !== undefined && (!isNodeSource(text) || /^(?:\/|file:|node:)/.test(text)));

/**
 * Whether a traceback is of no logged error: the record before it names a level below WARNING, or it is a text without a level.
 * Python's loggers write the traceback of an error that was caught after the line that tells of it.
 */
const isUncaughtTraceback = (text: string, { format, draft, trace }: Open): boolean =>
  isTraceback(text) &&
  trace?.at !== 'traceback' &&
  trace?.at !== 'raised' &&
  (draft.severityNumber ? draft.severityNumber < severityOf('WARNING') : format === null);

function finished({ at, draft, time, format, more }: Open): LogEntry {
  if (more.length > 0 || format !== ndjsonFormat) addLines(draft, more);
  return { at, draft, time };
}
