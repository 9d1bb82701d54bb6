import type { Sql } from '../db/connection/client.ts';
import { readHead } from '../db/read/batches.ts';
import { countLogs, type Order, type Page, readPage } from '../db/read/logs.ts';
import type { TailPosition } from '../log/cursor.ts';
import type { Filter } from '../log/filter/filter.ts';
import type { TimeWindow } from '../log/time-span.ts';
import type { PageRequest } from './arguments.ts';
import { recordFields } from './selected-fields.ts';
import { createSnapshotReads } from './snapshot-reads.ts';

/** A page of records. It is read only when one of its fields is resolved: a count alone reads no page. */
export interface LogConnection {
  page(): Promise<Page>;
  totalCount(): Promise<number>;
  /** Read in the same snapshot as the page, so records that are not in the snapshot come after it. */
  tailPosition(): Promise<TailPosition>;
}

interface ConnectionRequest {
  filter: Filter;
  window: TimeWindow;
  order: Order;
  page: PageRequest;
}

/** `selected`: the names of all fields below the connection. Only what they need is read. */
export function openConnection(
  sql: Sql,
  { filter, window, order, page }: ConnectionRequest,
  selected: ReadonlySet<string>,
): LogConnection {
  const request = {
    ...{ filter, window, order, fields: recordFields(selected) },
    ...page,
    isPageAlone: !selected.has(page.backward ? 'hasNextPage' : 'hasPreviousPage'),
  };
  const reads = createSnapshotReads(sql);
  return {
    page: () => reads('page', (snapshot) => readPage(snapshot, request)),
    totalCount: () => reads('totalCount', (snapshot) => countLogs(snapshot, filter, window)),
    tailPosition: () => reads('tailPosition', readHead),
  };
}
