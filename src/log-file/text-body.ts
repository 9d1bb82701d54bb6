import { bodyByLine } from './entries/entries-by-line.ts';
import { draftSize } from './entries/entry.ts';
import type { BodyReader } from './formats/log-format.ts';
import { type Clock, withInnerLine } from './inner-line.ts';

/** A body in which every line is a record. Its time, its level and its fields are read as in a log file. */
export const textBody = (clock: Clock): BodyReader => ({
  readerFor: bodyByLine((at, line) => {
    const draft = withInnerLine({}, line, clock);
    return { at, size: draftSize(draft), draft };
  }),
});
