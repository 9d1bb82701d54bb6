import type { Rejection } from '../log/rejection.ts';
import { collected } from './collected.ts';
import { detectLayout } from './detect-format.ts';
import { lineTooLong } from './entries/entry.ts';
import { createLineSplitter, LINE_BYTES_MAX, type Line } from './entries/line-splitter.ts';
import type { Clock } from './formats/clock.ts';
import type { LogFormat } from './formats/log-format.ts';
import { createLogReader, type LogEntry, type LogReader } from './log-reader.ts';

export { type Clock, createClock } from './formats/clock.ts';
export type { LogFormat } from './formats/log-format.ts';

/** The format is detected from this many lines, or from the lines in this many characters. */
const SAMPLE_LINES_MAX = 500;
const SAMPLE_CHARACTERS_MAX = 256 * 1024;

/** Stands in a stream where nothing arrives for a while: the record that is open is complete. */
export const PAUSE = Symbol('pause');
export type Pause = typeof PAUSE;

interface LogFile {
  bytes: AsyncIterable<Uint8Array | Pause>;
  /** Of the lines of programs, without their envelopes. Undefined: detected from the first lines. */
  format: LogFormat | undefined;
  clock: Clock;
  /** Called once, before the first entry. */
  onFormat(name: string): void;
}

/** The records of a log file in their order. A line that is too long is a rejection, and pauses stay where they are. */
export async function* readLogFile(file: LogFile): AsyncGenerator<LogEntry | Rejection | Pause> {
  let reader: LogReader | undefined;
  let at = 0;
  for await (const lines of sampled(linesOf(file.bytes))) {
    if (lines === PAUSE) {
      if (reader) yield* apart(reader.end(), file.clock);
      yield PAUSE;
      continue;
    }
    reader ??= startReader(file, lines);
    for (const line of lines) {
      at++;
      if (line === null) yield lineTooLong(at, LINE_BYTES_MAX);
      yield* apart(reader.push(line ?? ''), file.clock);
    }
  }
  if (reader) yield* apart(reader.end(), file.clock);
}

/** A line of JSON may hold several records. */
export function* apart(entries: readonly LogEntry[], clock: Clock): Generator<LogEntry> {
  for (const entry of entries) {
    if (!entry.draft.others) yield entry;
    else for (const one of collected([entry], clock)) yield { ...one, time: one.draft.timestamp ? 'own' : 'none' };
  }
}

function startReader({ format, clock, onFormat }: LogFile, lines: readonly Line[]): LogReader {
  const sample = lines.filter((line) => line !== null).slice(0, SAMPLE_LINES_MAX);
  const layout = detectLayout(sample, clock, format);
  onFormat(layout.name);
  return createLogReader(layout, clock);
}

async function* linesOf(chunks: AsyncIterable<Uint8Array | Pause>): AsyncGenerator<Line[] | Pause> {
  const splitter = createLineSplitter();
  for await (const chunk of chunks) yield chunk === PAUSE ? PAUSE : splitter.push(chunk);
  yield splitter.end();
}

/** The same lines. The first of them come together: as many as detection needs, or as arrive before a pause. */
async function* sampled(batches: AsyncIterable<Line[] | Pause>): AsyncGenerator<Line[] | Pause> {
  let sample: Line[] | null = [];
  let characters = 0;
  for await (const lines of batches) {
    if (!sample) {
      yield lines;
      continue;
    }
    if (lines !== PAUSE) {
      sample.push(...lines);
      characters += lines.reduce((sum, line) => sum + (line?.length ?? 0), 0);
      if (sample.length < SAMPLE_LINES_MAX && characters < SAMPLE_CHARACTERS_MAX) continue;
    } else if (sample.length === 0) continue;
    yield sample;
    if (lines === PAUSE) yield PAUSE;
    sample = null;
  }
  if (sample && sample.length > 0) yield sample;
}
