import { type ReadonlySignal, signal } from '@preact/signals';
import type { ApiError } from '../../../api/ask.ts';
import type { LogFilter } from '../../../api/documents.ts';
import { apiError } from '../../../state/resource.ts';
import {
  bounded,
  CHUNK_ROWS,
  type Chunk,
  chunksOf,
  EMPTY,
  findRow,
  missingAround,
  type RecordList,
  withNew,
  withRowsAfter,
  withRowsBefore,
  withRowsOf,
} from './chunks.ts';
import { PAGE_ROWS, type Question, readBetween, readPage, withFixedRange } from './record-pages.ts';
import type { Row } from './row.ts';

/** The first page is small: the first records are on the screen sooner. */
const FIRST_ROWS = 10 * CHUNK_ROWS;
/** The next page is asked for when as many chunks are left. */
const AHEAD_CHUNKS = 30;

/** Where the list begins: at its start or end, or around a record. With an `id` only if this record is in it. */
export type StartAt = 'start' | 'end' | { cursor: string; id?: string };

export interface RecordLoader {
  list: ReadonlySignal<RecordList<Row>>;
  /** The first page is on its way. */
  loading: ReadonlySignal<boolean>;
  error: ReadonlySignal<ApiError | null>;
  /** Reads the list anew. The old one stays until the new one is there. Null: meanwhile another one was asked for. */
  start: (question: Question, at?: StartAt) => Promise<boolean | null>;
  /** Reads the same list anew, from another place. */
  startAt: (at: StartAt) => Promise<boolean | null>;
  /** The next record (1) after a place in the list, or the one before it (-1), that matches this filter too. */
  find: (filter: LogFilter, cursor: string | undefined, step: 1 | -1) => Promise<Row | null>;
  /** Loads what is needed to show these chunks, and drops what is far away. `to` is exclusive. */
  show: (from: number, to: number) => void;
  /** Reads the rows again with what other columns need; the list stays where it is. */
  changeColumns: (columns: readonly string[]) => void;
  /** Shows records that came in since. */
  add: (rows: readonly Row[]) => void;
  tryAgain: () => void;
  stop: () => void;
}

/** The records of the table: pages of the API in both directions, of which a bounded number is in memory. */
export function createRecordLoader(): RecordLoader {
  const list = signal<RecordList<Row>>(EMPTY);
  const loading = signal(true);
  const error = signal<ApiError | null>(null);
  const reading = new Set<'before' | 'after' | 'between'>();
  let abort = new AbortController();
  let shown = { from: 0, to: 1 };
  let asked: Question | null = null;
  let fixed: Question | null = null;
  let startedAt: StartAt = 'start';
  /** The list still answers the question before, because the present one failed. */
  let isOfBefore = false;

  /** Runs a question that belongs to the present list. False: it failed, or the list is another one by now. */
  async function belonging(work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const { signal: ended } = abort;
    try {
      await work(ended);
      return !ended.aborted;
    } catch (cause) {
      if (!ended.aborted) error.value = apiError(cause);
      return false;
    }
  }

  async function start(question: Question, at: StartAt = 'start'): Promise<boolean | null> {
    abort.abort();
    const own = new AbortController();
    abort = own;
    reading.clear();
    [asked, startedAt] = [question, at];
    loading.value = true;
    error.value = null;
    let isThere = true;
    const isDone = await belonging(async (ended) => {
      const [range, first] = await Promise.all([withFixedRange(question, ended), firstPage(question, at, ended)]);
      if (ended.aborted) return;
      isThere = typeof at === 'string' || at.id === undefined || findRow(first, ({ id }) => id === at.id) !== null;
      if (!isThere) return;
      fixed = { ...range, columns: asked?.columns ?? range.columns };
      shown = { from: 0, to: 1 };
      list.value = first;
    });
    if (abort !== own) return null;
    loading.value = false;
    isOfBefore = !isDone;
    return isDone && isThere;
  }

  /** Loads one kind of what is missing, one at a time. */
  function read(
    kind: 'before' | 'after' | 'between',
    work: (question: Question, signal: AbortSignal) => Promise<void>,
  ) {
    if (reading.has(kind) || fixed === null || error.peek() !== null) return;
    const question = fixed;
    reading.add(kind);
    void belonging((ended) => work(question, ended)).then((isDone) => {
      if (!isDone) return;
      reading.delete(kind);
      show(shown.from, shown.to);
    });
  }

  const readAfter = () =>
    read('after', async (question, ended) => {
      const after = list.peek().chunks.at(-1)!.last.cursor;
      const page = await readPage(question, { first: PAGE_ROWS, after }, ended);
      if (!ended.aborted) list.value = withRowsAfter(list.peek(), page.rows, page.hasNext);
    });

  const readBefore = () =>
    read('before', async (question, ended) => {
      const before = list.peek().chunks[0]!.first.cursor;
      const page = await readPage(question, { last: PAGE_ROWS, before }, ended);
      if (ended.aborted) return;
      const had = list.peek().chunks.length;
      list.value = withRowsBefore(list.peek(), page.rows, page.hasPrevious);
      const more = list.peek().chunks.length - had;
      shown = { from: shown.from + more, to: shown.to + more };
    });

  const readChunks = (chunks: readonly Chunk<Row>[]) =>
    read('between', async (question, ended) => {
      const all = list.peek().chunks;
      const start = all.indexOf(chunks[0]!);
      const before = all[start - 1]?.last.cursor;
      const after = all[start + chunks.length]?.first.cursor;
      const rows = await readBetween(
        question,
        { ...(before && { after: before }), ...(after && { before: after }) },
        ended,
      );
      if (!ended.aborted) list.value = withRowsOf(list.peek(), chunks, rows);
    });

  /** Keeps the shown chunks, which may have another index then. */
  function bound(rowsMax?: number): void {
    const first = list.peek().chunks[shown.from];
    if (!first) return;
    list.value = bounded(list.peek(), shown.from, shown.to - 1, rowsMax);
    const from = list.peek().chunks.indexOf(first);
    shown = { from, to: from + shown.to - shown.from };
  }

  function show(shownFrom: number, shownTo: number): void {
    shown = { from: shownFrom, to: shownTo };
    bound();
    const { from, to } = shown;
    const { chunks, before, after } = list.peek();
    if (chunks.length === 0) return;
    const missing = chunks.findIndex(({ rows }, index) => index >= from && index < to && rows === null);
    if (missing !== -1) readChunks(missingAround(list.peek(), missing, to));
    if (after && to + AHEAD_CHUNKS > chunks.length) readAfter();
    if (before && from < AHEAD_CHUNKS) readBefore();
  }

  return {
    list,
    loading,
    error,
    start,
    show,
    startAt: (at) => (asked ? start(asked, at) : Promise.resolve(false)),
    async find(filter, cursor, step) {
      let found: Row | null = null;
      await belonging(async (ended) => {
        if (!fixed) return;
        const place =
          step === 1 ? { first: 1, ...(cursor && { after: cursor }) } : { last: 1, ...(cursor && { before: cursor }) };
        const page = await readPage({ ...fixed, filter: { ...fixed.filter, ...filter } }, place, ended);
        found = page.rows[0] ?? null;
      });
      return found;
    },
    changeColumns(columns) {
      if (asked?.columns === columns) return;
      if (asked && loading.peek()) return void start({ ...asked, columns }, startedAt);
      if (!asked || !fixed) return;
      // Rows that come in meanwhile would be taken for those that are read again.
      if (asked.live && shown.from === 0) return void start({ ...asked, columns }, 'start');
      asked = { ...asked, columns };
      const had = fixed.columns;
      fixed = { ...fixed, columns };
      if (columns.every((name) => had.includes(name))) return;
      // A page on its way would have rows without the new columns.
      abort.abort();
      abort = new AbortController();
      reading.clear();
      bound(0);
      readChunks(list.peek().chunks.slice(shown.from, shown.to));
    },
    add(rows) {
      if (fixed) list.value = withNew(list.peek(), rows, fixed.order);
    },
    tryAgain() {
      error.value = null;
      reading.clear();
      if (isOfBefore || list.peek().chunks.length === 0 || loading.peek()) {
        if (asked) void start(asked, startedAt);
      } else show(shown.from, shown.to);
    },
    stop: () => abort.abort(),
  };
}

async function firstPage(question: Question, at: StartAt, signal: AbortSignal): Promise<RecordList<Row>> {
  if (at === 'start') {
    const { rows, hasNext } = await readPage(question, { first: FIRST_ROWS }, signal);
    return { chunks: chunksOf(rows), before: false, after: hasNext };
  }
  if (at === 'end') {
    const { rows, hasPrevious } = await readPage(question, { last: FIRST_ROWS }, signal);
    return { chunks: chunksOf(rows), before: hasPrevious, after: false };
  }
  const above = await readPage(question, { last: FIRST_ROWS, before: at.cursor }, signal);
  const after = above.rows.at(-1)?.cursor;
  const below = await readPage(question, { first: FIRST_ROWS, ...(after && { after }) }, signal);
  return { chunks: chunksOf([...above.rows, ...below.rows]), before: above.hasPrevious, after: below.hasNext };
}
