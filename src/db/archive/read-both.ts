import type { TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { archiveIn, inArchiveSnapshot } from './archive-in.ts';

/**
 * The rows that one statement, of a text for both, finds in PostgreSQL and in the archive, in one snapshot. Those of PostgreSQL come
 * first. `window`: where the archive is read.
 */
export const readBoth = <Row>(sql: Sql, window: TimeWindow, read: (store: Sql) => PromiseLike<Row[]>): Promise<Row[]> =>
  inArchiveSnapshot(sql, async (tx) => {
    const duck = await archiveIn(tx, window);
    if (!duck) return read(tx);
    const [stored, archived] = await Promise.all([read(tx), read(duck)]);
    return [...stored, ...archived];
  });
