import { ask } from '../../../api/ask.ts';
import {
  type LogFilter,
  RecordsDocument,
  type RecordsQueryVariables,
  RecordsRangeDocument,
  type TimeRangeInput,
} from '../../../api/documents.ts';
import { needsOf } from '../../../text/columns.ts';
import type { Order } from './chunks.ts';
import { type Row, rowOf } from './row.ts';

/** What the table shows. */
export interface Question {
  filter: LogFilter | null;
  /** Null: all time. */
  time: TimeRangeInput | null;
  order: Order;
  columns: readonly string[];
  /** New records come in: the range has no end. */
  live: boolean;
}

export type PageArguments = Pick<RecordsQueryVariables, 'first' | 'after' | 'last' | 'before'>;

export interface RecordPage {
  rows: Row[];
  hasNext: boolean;
  hasPrevious: boolean;
}

/** Rows of a page that follows another one. */
export const PAGE_ROWS = 500;
/** A question for the rows between two others has as many pages at most. */
const PAGES_BETWEEN_MAX = 10;

export async function readPage(question: Question, page: PageArguments, signal: AbortSignal): Promise<RecordPage> {
  const { filter, time, order, columns } = question;
  const { data } = await ask(RecordsDocument, { filter, time, order, ...needsOf(columns), ...page }, signal);
  const { nodes, pageInfo } = data.logs!;
  return {
    rows: nodes.map((record) => rowOf(record, columns)),
    hasNext: pageInfo.hasNextPage,
    hasPrevious: pageInfo.hasPreviousPage,
  };
}

/** All rows between two cursors. */
export async function readBetween(question: Question, page: PageArguments, signal: AbortSignal): Promise<Row[]> {
  const rows: Row[] = [];
  for (let pages = 0; pages < PAGES_BETWEEN_MAX; pages++) {
    const after = rows.at(-1)?.cursor ?? page.after;
    const next = await readPage(question, { ...page, ...(after && { after }), first: PAGE_ROWS }, signal);
    rows.push(...next.rows);
    if (!next.hasNext) break;
  }
  return rows;
}

/** The question with a range that stays where it is while pages are read: `last` moves with the clock of the server. */
export async function withFixedRange(question: Question, signal: AbortSignal): Promise<Question> {
  const { time, live } = question;
  if (!time?.last) return live && time ? { ...question, time: { from: time.from ?? null } } : question;
  const { from, to } = (await ask(RecordsRangeDocument, { time }, signal)).data.stats!.range!;
  return { ...question, time: live ? { from } : { from, to } };
}
