import { isJsonObject, type JsonObject, parseJson } from '../../log/json.ts';
import { draftFromJson } from '../../record-names/draft-from-json.ts';
import { bodyByLine } from '../entries/entries-by-line.ts';
import { type Entry, entryOf, invalidJson } from '../entries/entry.ts';
import { type BodyFormat, type LogFormat, noLine } from './log-format.ts';

/** One JSON object a line. */
export const ndjsonFormat: LogFormat & BodyFormat = {
  name: 'ndjson',
  continues: noLine,
  parse(line) {
    if (!line.trimStart().startsWith('{')) return undefined;
    try {
      const value = parseJson(line);
      return isJsonObject(value) ? draftFromJson(value as JsonObject) : undefined;
    } catch {
      return undefined;
    }
  },
  contentTypes: ['application/x-ndjson', 'application/jsonl'],
  ...bodyByLine(readLine),
};

function readLine(at: number, line: string): Entry {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    return invalidJson(at, error, line);
  }
  return entryOf(at, line.length, value);
}
