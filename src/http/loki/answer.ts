import type { Sql } from '../../db/connection/client.ts';
import type { OpenOperation } from '../../db/connection/operation.ts';
import type { RowsLimit } from '../../db/connection/rows-limit.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogQuery } from '../../log/logql/syntax.ts';
import type { Parameters } from './parameters.ts';
import type { Pause } from './pauses.ts';

/** What every answer is made from. */
export interface Asked {
  parameters: Parameters;
  /** Of a query whose whole text is given, joined with what the caller may see. */
  visible(query: LogQuery, text: string): Filter;
  /** The same, for a selector under `query` that may be missing. */
  selected(): Filter;
  /** The one operation of the request, for counts: `rows` limits the text of their rows. Other reads take `openOperation`. */
  sql: Sql;
  rows: RowsLimit;
  openOperation: OpenOperation;
  client: string;
  /** Aborted when the client has gone, and at the deadline of the request, which all its operations share. */
  gone: AbortSignal;
  pause: Pause;
  header(name: string): string | null;
}

/** The form of most answers of Loki. */
export const success = (data: unknown): object => ({ status: 'success', data });
