import type { Client } from 'pg';
import type { TimeSpan } from '../../../log/time-span.ts';
import type { Sql } from '../../connection/client.ts';
import type { LocalDuckDb } from '../duckdb/local-duckdb.ts';

export interface ExportRequest {
  sql: Sql;
  /** A connection without a statement timeout. */
  client: Client;
  /** `ARCHIVE_DIR`; null: none. */
  archiveFolder: string | null;
  /** Must not have any files. */
  folder: string;
  span: TimeSpan;
  signal: AbortSignal;
  /** Called after each file, with the number of records so far. */
  onProgress(records: number): void;
}

export interface Exported {
  records: number;
  calls: number;
  files: number;
}

/** An export that runs. */
export interface ExportWork extends ExportRequest, Exported {
  duckDb: LocalDuckDb;
  /** Where the files are written. */
  work: string;
  /** The next name of files, without an ending. */
  nextName(): string;
}

/** Counts a file that was written. */
export function addFile(of: ExportWork, kind: 'logs' | 'llm', rows: number): void {
  of.files++;
  if (kind === 'llm') of.calls += rows;
  else of.records += rows;
  of.onProgress(of.records);
}
