import type { RecordRowFragment } from '../../../api/documents.ts';
import { clipped } from '../../../text/clip.ts';
import { columnText, DEFAULT_COLUMNS } from '../../../text/columns.ts';
import type { Place } from './chunks.ts';

/** Characters of a message or a value that a row shows. The record itself shows all of them. */
export const CELL_LENGTH_MAX = 2000;

/** What the table keeps of a record: what it shows, and no more. */
export interface Row extends Place {
  id: string;
  level: RecordRowFragment['level'];
  service: string;
  message: string;
  /** Longer than that of `message` where the row shows only its start. */
  messageLength: number;
  /** By the names of the columns beside those that each row has. */
  cells: Readonly<Record<string, string>>;
}

export function rowOf(record: RecordRowFragment, columns: readonly string[]): Row {
  const { id, uid, cursor, timestamp, level, service, message } = record;
  const cells: Record<string, string> = {};
  for (const name of columns) {
    const text = DEFAULT_COLUMNS.includes(name) ? undefined : columnText(record, name);
    if (text !== undefined) cells[name] = clipped(text, CELL_LENGTH_MAX);
  }
  return {
    id,
    uid,
    cursor,
    timestamp,
    level,
    service,
    message: clipped(message, CELL_LENGTH_MAX),
    messageLength: message.length,
    cells,
  };
}
