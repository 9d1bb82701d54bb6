import { inArchiveSnapshot } from '../../db/archive/archive-in.ts';
import type { Sql } from '../../db/connection/client.ts';
import type { OpenOperation } from '../../db/connection/operation.ts';
import { createRowsLimit } from '../../db/connection/rows-limit.ts';
import { addCalls, readContents } from '../../db/read/llm-calls.ts';
import { type Order, readPage } from '../../db/read/logs.ts';
import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LlmContent } from '../../log/llm-call.ts';
import type { LogRecord } from '../../log/record.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import { CONTENTS_MAX } from '../../resolvers/llm-loaders.ts';

/** Records of the first page, and of a page at most. A page grows while its records are short; those after them may be long. */
const FIRST_ROWS = 50;
const ROWS_MAX = 500;
/** A page is made shorter so that it has about this much text. */
const PAGE_CHARACTERS = 4 * 1024 * 1024;
/** A page of several records never has more: its records may be longer than those before. It is then read again with fewer. */
export const PAGE_CHARACTERS_MAX = 4 * PAGE_CHARACTERS;

export interface PagesRequest {
  filter: Filter;
  window: TimeWindow;
  order: Order;
  after: Position | null;
  limit: number;
  /** With the model calls of the records, and with their contents. */
  calls: boolean;
  contents: boolean;
}

export interface ExportedPage {
  records: LogRecord[];
  /** By the place of their record in the page. Empty unless they were asked for. */
  contents: readonly (LlmContent | null)[];
  /** More match than the limit. */
  isCut: boolean;
}

/** What the pages are read with: each is an operation of its own, with the deadline of one and its turn among other clients. */
export interface PagesReader {
  openOperation: OpenOperation;
  client: string;
  gone: AbortSignal;
}

/** The matching records, page by page. Between two pages it holds neither a connection nor a snapshot. */
export async function* exportedPages(
  { openOperation, client, gone }: PagesReader,
  { filter, window, order, limit, calls, contents, ...request }: PagesRequest,
  charactersOfLastPage: () => number,
): AsyncGenerator<ExportedPage> {
  let { after } = request;
  let rows = FIRST_ROWS;
  for (let left = limit; left > 0; ) {
    const size = Math.min(rows, left, contents ? CONTENTS_MAX : ROWS_MAX);
    const page = { filter, window, order, limit: size, after, before: null, backward: false, isPageAlone: true };
    const read = (sql: Sql) =>
      inArchiveSnapshot(sql, async (tx) => {
        const { records, hasNextPage } = await readPage(tx, page);
        if (calls) await addCalls(tx, records);
        return { records, hasNextPage, contents: contents ? await readContents(tx, records) : [] };
      });
    const held = size > 1 ? createRowsLimit(PAGE_CHARACTERS_MAX) : undefined;
    const found = await read(openOperation({ client, gone, rows: held })).catch((error) => {
      if (!held?.isOver) throw error;
    });
    if (!found || held?.isOver) {
      rows = Math.floor(size / 2);
      continue;
    }
    const { records, hasNextPage } = found;
    left -= records.length;
    yield { records, contents: found.contents, isCut: left === 0 && hasNextPage };
    if (!hasNextPage) return;
    after = records.at(-1)!;
    rows = rowsAfter(records.length, charactersOfLastPage());
  }
}

/** At most twice as many as before: the next records may be longer than these. */
const rowsAfter = (rows: number, characters: number): number =>
  Math.max(1, Math.min(2 * rows, ROWS_MAX, Math.floor((rows * PAGE_CHARACTERS) / Math.max(characters, 1))));
