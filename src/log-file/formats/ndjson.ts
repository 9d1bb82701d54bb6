import { createLineReader } from '../entries/entries-by-line.ts';
import { entryOfJson } from '../entries/entry.ts';
import { type BodyFormat, type LogFormat, noLine } from './log-format.ts';

/** One JSON object a line. */
export const ndjsonFormat: LogFormat & BodyFormat = {
  name: 'ndjson',
  continues: noLine,
  parse(line) {
    if (!line.trimStart().startsWith('{')) return undefined;
    const entry = entryOfJson(0, line);
    return 'draft' in entry ? entry.draft : undefined;
  },
  contentTypes: ['application/x-ndjson', 'application/jsonl'],
  readerFor: (_begin, _isWhole, readLine) => createLineReader(entryOfJson, readLine),
};
