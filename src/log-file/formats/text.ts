import { bodyByLine } from '../entries/entries-by-line.ts';
import type { BodyFormat, LogFormat } from './log-format.ts';

/** Every line is the message of a record. In a log file, the lines of a stack trace belong to the record before them. */
export const textFormat: LogFormat & BodyFormat = {
  name: 'text',
  continues: (_, isOfTrace) => isOfTrace,
  parse: () => undefined,
  contentTypes: ['text/plain'],
  readerFor: bodyByLine((at, line) => ({ at, size: line.length, draft: { message: line } })),
};
