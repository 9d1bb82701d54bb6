import type { Draft } from '../../log/record.ts';
import type { Clock } from '../formats/clock.ts';

/** What a collector or a viewer writes around the lines of other programs. */
export interface Envelope {
  /** For people: `looks like NAME lines of ndjson`. */
  name: string;
  /** As of a `LogFormat`. */
  first?: RegExp;
  /** The program's own line. Undefined if the line has no such envelope. */
  peel(line: string, clock: Clock): Peeled | undefined;
  /** The share of a file's lines that must have it. */
  shareMin: number;
  /** One line is enough to know it. */
  isSure?: true;
  /** Lines of other formats look like it: one that reads most of the whole lines is chosen before it. */
  isWeak?: true;
  /** Peels the lines of one file, where a line tells of those after it. */
  inFile?(): Envelope;
}

export interface Peeled {
  line: string;
  /** Lines of one source follow one another: those of one program, or of one of its streams. */
  source: string;
  /** What the envelope says of the line. */
  outer: Draft;
  /** The line goes on in the next one of its source. */
  isPart?: boolean;
}
