import type { ArchiveFile, ArchiveQuestion, ArchiveRemoval } from '../../connection/archive-link.ts';

/** What the server sends to the program that reads the archive (`program.ts`). Each has an answer under its number, but `cancel`. */
export type Request =
  | { kind: 'ask'; number: number; question: ArchiveQuestion }
  /** `after`: the last removal of the partition that was sent before; 0 if none was. */
  | { kind: 'remove'; number: number; archivedId: number; after: number; removals: readonly ArchiveRemoval[] }
  | { kind: 'work'; number: number; work: FileWork }
  | { kind: 'cancel'; number: number };

/** The kind of the files that hold a table's rows. */
export const KINDS = { system_logs: 'logs', llm_logs: 'llm' } as const;

export type ArchivedTable = keyof typeof KINDS;

export const ARCHIVED_TABLES = Object.keys(KINDS) as ArchivedTable[];

/** Paths are absolute, but those of archived files. */
export type FileWork =
  /** Makes a Parquet file of a CSV file as PostgreSQL writes it, in the order of its rows. Answers with one `{ Count }`, its rows. */
  | { does: 'convert'; table: ArchivedTable; csv: string; to: string }
  /** Makes one file of the `rows` of several. `sort`: they are not in the order of (ts, uid). */
  | { does: 'merge'; table: ArchivedTable; parts: readonly string[]; rows: number; sort: boolean; to: string }
  /** Makes a file of the rows of an archived one that are not removed. Answers with one `{ Count }`. */
  | { does: 'reduce'; table: ArchivedTable; archived: ArchiveFile; to: string }
  /** Reads a file, or what is not removed of an archived one. Answers with one `FileContents`. */
  | { does: 'check'; table: ArchivedTable; file: string | ArchiveFile }
  /** Answers with one `{ sha256 }`. */
  | { does: 'hash'; file: string };

export interface FileContents {
  rows: number;
  /** The same as `CHECKSUM` of `db/archive/write/checksum.ts`. */
  checksum: string;
  from: string | null;
  to: string | null;
}

/** Rows come in parts; the last message to a request is `done`, or a problem. */
export type Answer =
  | { number: number; rows: object[] }
  | { number: number; done: true }
  | { number: number; problem: Problem };

/** The first message of the program. No request has this number. */
export const STARTED: Answer = { number: 0, done: true };

/**
 * - `FILE`: a file is missing, cut or changed. - `LARGE`: the answer, or what it takes, exceeds the memory. - `START`: the program ended
 * before it could answer. - `FAILED`: anything else.
 */
export interface Problem {
  kind: 'FILE' | 'LARGE' | 'START' | 'FAILED';
  message: string;
}

/** The first argument of the program, as JSON. */
export interface ProgramOptions {
  /** The archive's folder. */
  folder: string;
  /** For what does not fit into memory. It is made, and removed at the end. */
  tempFolder: string;
}
