import type { OpenOperation } from '../../db/connection/operation.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogQuery } from '../../log/logql/syntax.ts';
import type { Parameters } from './parameters.ts';

/** What every answer is made from. */
export interface Asked {
  parameters: Parameters;
  /** Of a query whose whole text is given, joined with what the caller may see. */
  visible(query: LogQuery, text: string): Filter;
  /** The same, for a selector under `query` that may be missing. */
  selected(): Filter;
  openOperation: OpenOperation;
  client: string;
  gone: AbortSignal;
  header(name: string): string | null;
}

/** The form of most answers of Loki. */
export const success = (data: unknown): object => ({ status: 'success', data });
