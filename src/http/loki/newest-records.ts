import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { exportedPages } from '../export/exported-pages.ts';
import type { Asked } from './answer.ts';

/** What labels records have is looked for in so many of them. */
const RECORDS_MAX = 1000;
/** Fewer, if their messages, stack traces and attributes together have more characters. */
const CHARACTERS_MAX = 16 * 1024 * 1024;

/** The newest matching records: a sample of all. */
export async function newestRecords(asked: Asked, filter: Filter, window: TimeSpan): Promise<LogRecord[]> {
  const request = { filter, window, order: 'NEWEST_FIRST' as const, limit: RECORDS_MAX, after: null };
  const found: LogRecord[] = [];
  let [characters, all] = [0, 0];
  const pages = exportedPages(asked, { ...request, calls: false, contents: false }, () => characters);
  for await (const { records } of pages) {
    characters = 0;
    for (const { message, stackTrace, attributes } of records) {
      await asked.pause();
      characters += message.length + (stackTrace?.length ?? 0) + JSON.stringify(attributes).length;
    }
    all += characters;
    found.push(...records);
    if (all > CHARACTERS_MAX) break;
  }
  return found;
}
