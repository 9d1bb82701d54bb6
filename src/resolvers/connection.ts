import type { Sql } from '../db/connection/client.ts';
import { readHead } from '../db/read/batches.ts';
import { countLogs, type Order, type Page, readPage } from '../db/read/logs.ts';
import type { TailPosition } from '../log/cursor.ts';
import type { Filter } from '../log/filter/filter.ts';
import type { TimeWindow } from '../log/time-span.ts';
import { type PageArguments, pageOf } from './arguments.ts';
import { recordFields } from './selected-fields.ts';
import { createSnapshotReads } from './snapshot-reads.ts';

/** A page of records. It is read only when one of its fields is resolved: a count alone reads no page. */
export interface LogConnection {
  page(): Promise<Page>;
  totalCount(): Promise<number>;
  /** Read in the same snapshot as the page, so records that are not in the snapshot come after it. */
  tailPosition(): Promise<TailPosition>;
}

/**
 * `selected`: the names of all fields below the connection. Only what they need of a record is read.
 * @throws BadUserInput, CursorInvalid
 */
export function openConnection(
  sql: Sql,
  filter: Filter,
  window: TimeWindow,
  order: Order,
  args: PageArguments,
  selected: ReadonlySet<string>,
): LogConnection {
  const request = {
    ...{ filter, window, order, fields: recordFields(selected) },
    ...pageOf(args),
    isPageAlone: !selected.has('hasNextPage') && !selected.has('hasPreviousPage'),
  };
  const reads = createSnapshotReads(sql);
  return {
    page: () => reads('page', (snapshot) => readPage(snapshot, request)),
    totalCount: () => reads('totalCount', (snapshot) => countLogs(snapshot, filter, window)),
    tailPosition: () => reads('tailPosition', readHead),
  };
}
