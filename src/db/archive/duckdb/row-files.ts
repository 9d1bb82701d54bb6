import type { TimeSpan } from '../../../log/time-span.ts';
import { filesOf, parquetOf } from './file-statements.ts';
import type { LocalDuckDb } from './local-duckdb.ts';
import { literal } from './views.ts';

/** Rows of files, which are in the order of (ts, uid) already. */
interface WantedRows {
  files: readonly string[];
  /** Of the files. */
  rows: number;
  span: TimeSpan;
  /** A table of (ts, uid): rows that are left out. */
  without: string;
}

/** Writes rows to a new file. Resolves to their number. */
export async function copyRows(
  duckDb: LocalDuckDb,
  { files, rows, span, without }: WantedRows,
  to: string,
): Promise<number> {
  const { Count } = await duckDb.row<{ Count: number }>(`copy (
    select * from ${filesOf(files)} as file
    where ts >= ${timeLiteral(span.from)} and ts < ${timeLiteral(span.to)}
      and not exists (select 1 from ${without} as gone where gone.ts = file.ts and gone.uid = file.uid)
    order by ts, uid
  ) to ${literal(to)} (${parquetOf(rows)})`);
  return Count;
}

export const timeLiteral = (timestamp: string): string => `timestamptz ${literal(timestamp)}`;
