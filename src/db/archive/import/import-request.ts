import type { Client } from 'pg';
import type { Sql } from '../../connection/client.ts';
import type { LocalDuckDb } from '../duckdb/local-duckdb.ts';
import type { ImportTarget } from './import-target.ts';

export interface ImportRequest {
  sql: Sql;
  /** A connection without a statement timeout. */
  client: Client;
  /** `ARCHIVE_DIR`. */
  archiveFolder: string;
  /** Has the files that are imported. */
  folder: string;
  signal: AbortSignal;
  /** `done` of `total` records of the files. */
  onProgress(done: number, total: number): void;
}

export interface Imported {
  records: number;
  calls: number;
  /** Records that were there before, or twice in the files. */
  present: number;
}

/** The records of one target. */
export interface Part extends ImportRequest {
  duckDb: LocalDuckDb;
  target: ImportTarget;
  /** Of the files. */
  name: string;
  work: string;
}
