import { detectLayout } from './detect-format.ts';
import { draftSize, type Entry, lineTooLong } from './entries/entry.ts';
import { createLineSplitter, LINE_BYTES_MAX, type Line } from './entries/line-splitter.ts';
import type { Clock } from './formats/clock.ts';
import type { BodyReader, LogFormat } from './formats/log-format.ts';
import { apart } from './log-file.ts';
import { createLogReader, type LogEntry } from './log-reader.ts';

/** The format is detected from this many lines at the beginning of the body. */
const SAMPLE_LINES_MAX = 500;

/**
 * A body that is a log file: lines that continue a record belong to it. A record ends with the line that begins the next one, in
 * whichever chunk that comes. Without a format, the beginning of the body decides.
 */
export const fileBody = (format: LogFormat | undefined, clock: Clock): BodyReader => ({
  readerFor(begin, isWhole) {
    const splitter = createLineSplitter();
    const reader = createLogReader(detectLayout(sampleOf(begin, isWhole), clock, format), clock);
    let at = 0;
    function* ended(found: readonly LogEntry[]): Generator<Entry> {
      for (const entry of apart(found, clock)) yield entryOf(entry);
    }
    function* entries(lines: Line[]): Generator<Entry> {
      for (const line of lines) {
        at++;
        if (line === null) yield lineTooLong(at, LINE_BYTES_MAX);
        yield* ended(reader.push(line ?? ''));
      }
    }
    return {
      push: (chunk) => entries(splitter.push(chunk)),
      *end() {
        yield* entries(splitter.end());
        yield* ended(reader.end());
      },
    };
  },
});

const entryOf = ({ at, draft }: LogEntry): Entry => ({ at, size: draftSize(draft), draft });

/** The first lines. The last of them may be only the beginning of a line: it is left out where there are others. */
function sampleOf(begin: string, isWhole: boolean): string[] {
  const lines = begin.split(/\r?\n/);
  const whole = isWhole || lines.length === 1 ? lines : lines.slice(0, -1);
  return whole.slice(0, SAMPLE_LINES_MAX);
}
