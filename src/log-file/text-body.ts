import { collectedBody } from './collected.ts';
import { bodyByLine } from './entries/entries-by-line.ts';
import { draftSize } from './entries/entry.ts';
import type { BodyReader } from './formats/log-format.ts';
import { type Clock, readLine } from './inner-line.ts';

/** A body in which every line is a record. Its time, its level and its fields are read as in a log file. */
export const textBody = (clock: Clock): BodyReader =>
  collectedBody(
    {
      readerFor: bodyByLine((at, line) => {
        const draft = readLine(line, clock);
        // The line counts too: it may have made several records.
        return { at, size: line.length + draftSize(draft), draft };
      }),
    },
    clock,
  );
