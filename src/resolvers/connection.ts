import type { Sql } from '../db/connection/client.ts';
import { readHead } from '../db/read/batches.ts';
import { countLogs, type Order, type Page, readPage } from '../db/read/logs.ts';
import type { TailPosition } from '../log/cursor.ts';
import type { Filter } from '../log/filter/filter.ts';
import type { TimeWindow } from '../log/time-span.ts';
import { type PageArguments, pageOf } from './arguments.ts';
import { recordFields } from './selected-fields.ts';
import { createReading } from './snapshot-reads.ts';

/** A page that is read once one of its fields asks for it: a count alone reads no page. */
export interface LogConnection {
  page(): Promise<Page>;
  totalCount(): Promise<number>;
  /** Of the same snapshot as the page: what the page does not hold yet comes after it. */
  tailPosition(): Promise<TailPosition>;
}

/**
 * `asked`: names of all fields below the connection; no more is read of a record than they tell.
 * @throws BadUserInput, CursorInvalid
 */
export function openConnection(
  sql: Sql,
  filter: Filter,
  window: TimeWindow,
  order: Order,
  args: PageArguments,
  asked: ReadonlySet<string>,
): LogConnection {
  const request = {
    ...{ filter, window, order, fields: recordFields(asked) },
    ...pageOf(args),
    isPageAlone: !asked.has('hasNextPage') && !asked.has('hasPreviousPage'),
  };
  const reading = createReading(sql);
  return {
    page: () => reading('page', (snapshot) => readPage(snapshot, request)),
    totalCount: () => reading('totalCount', (snapshot) => countLogs(snapshot, filter, window)),
    tailPosition: () => reading('tailPosition', readHead),
  };
}
