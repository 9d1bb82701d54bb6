import type { TailPosition } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { FUTURE_MS_MAX, type LogRecord } from '../../log/record.ts';
import { now, shift } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { readHead } from './batches.ts';
import { addCalls } from './llm-calls.ts';
import { readPage } from './logs.ts';

/** The newest matching records, with their calls, oldest first, and the head of the same snapshot: no batch after the head is among them. */
export const readBackfill = (
  sql: Sql,
  filter: Filter,
  count: number,
): Promise<{ records: LogRecord[]; head: TailPosition }> =>
  inSnapshot(sql, async (tx) => {
    const head = await readHead(tx);
    const page = await readPage(tx, {
      filter,
      window: { from: null, to: shift(now(), 2 * FUTURE_MS_MAX) },
      order: 'NEWEST_FIRST',
      limit: count,
      backward: false,
      after: null,
      before: null,
    });
    await addCalls(tx, page.records);
    return { records: page.records.toReversed(), head };
  });
