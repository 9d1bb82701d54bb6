import { compareText } from '../../log/text-comparison.ts';
import { now, type Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import type { Archive } from './archive.ts';
import { archivedIn, inArchiveSnapshot } from './archive-in.ts';
import type { ListedFile } from './archived-partitions.ts';
import type { Archiving, ArchivingReport } from './archiving.ts';
import { type CheckState, checkFile } from './file-check.ts';
import { type FolderProblem, folderProblemOf } from './folder-check.ts';

/** What this server sees of the archive. Texts have no path outside of it. */
export interface ArchiveReport {
  /** ARCHIVE_DIR is set. */
  isSet: boolean;
  /** Archived partitions. */
  partitions: number;
  /** Why this server can neither read nor write the archive: DuckDB. */
  problem: string | null;
  folder: FolderProblem | null;
  /** Files that are missing, cut or changed: each its path and what is wrong. */
  damaged: readonly string[];
  /** When all files had been looked at. Null: not yet. */
  checkedAt: Timestamp | null;
  /** Sealed partitions that are older than ARCHIVE_AFTER. Null: it is not set, or this is not known yet. */
  due: number | null;
  archiving: ArchivingReport;
}

export interface ArchiveWatch {
  /** Looks at the next files, and at the rest. Never call it twice at once. Without an archive it sends no statement. */
  look(signal: AbortSignal): Promise<void>;
  /** From what the last looks found: it waits for nothing. */
  report(): ArchiveReport;
}

interface ArchiveWatchDeps {
  archive: Pick<Archive, 'folder' | 'problem'>;
  /** With the archive beside it. */
  sql: Sql;
  archiving: Pick<Archiving, 'report'>;
  /** ARCHIVE_AFTER. */
  afterMs: number | null;
}

/** Files that one look asks the file system for. */
const FILES_MAX = 200;
/** Bytes that one look reads, of files whose time of change is another one. One file may exceed it. */
const BYTES_MAX = 256 * 1024 * 1024;
/** A folder on a network that takes longer does not respond. */
const RESPONDS_MS = 10_000;

export function createArchiveWatch({ archive, sql, archiving, afterMs }: ArchiveWatchDeps): ArchiveWatch {
  const { folder } = archive;
  const damaged = new Map<string, string>();
  const known: CheckState['known'] = new Map();
  let partitions = 0;
  let folderProblem: FolderProblem | null = null;
  let due: number | null = null;
  let checkedAt: Timestamp | null = null;
  /** The last path that was looked at. */
  let after = '';
  let askedAt: number | null = null;

  async function look(signal: AbortSignal): Promise<void> {
    const files = await listFiles();
    due = afterMs === null ? null : await countDue(sql, afterMs);
    if (folder === null) return;
    askedAt = performance.now();
    folderProblem = await folderProblemOf(folder, files.length > 0, afterMs !== null);
    if (folderProblem === null || folderProblem.mayRead) await lookAt(folder, files, signal);
    askedAt = null;
  }

  async function listFiles(): Promise<ListedFile[]> {
    const archived = await inArchiveSnapshot(sql, archivedIn);
    partitions = archived.length;
    return archived.flatMap((one) => one.files).sort((a, b) => compareText(a.path, b.path));
  }

  async function lookAt(root: string, files: readonly ListedFile[], signal: AbortSignal): Promise<void> {
    const next = files.filter(({ path }) => path > after).slice(0, FILES_MAX);
    const state: CheckState = { bytesLeft: BYTES_MAX, known };
    const found = new Map<string, string | null>();
    for (const file of next) {
      askedAt = performance.now();
      const problem = await checkFile(root, file, state, signal);
      if (problem === undefined) break;
      after = file.path;
      found.set(file.path, problem);
    }
    // A file that was written again meanwhile is gone, and no longer listed.
    const isAnyDamaged = found.values().some((problem) => problem !== null);
    const listed = new Set((isAnyDamaged ? await listFiles() : files).map(({ path }) => path));
    for (const [path, problem] of found) {
      if (problem === null) damaged.delete(path);
      else damaged.set(path, problem);
    }
    for (const map of [damaged, known]) for (const path of map.keys()) if (!listed.has(path)) map.delete(path);
    if (!files.some(({ path }) => path > after)) [after, checkedAt] = ['', now()];
  }

  const slow = (): FolderProblem | null => {
    const seconds = askedAt === null ? 0 : (performance.now() - askedAt) / 1000;
    return seconds < RESPONDS_MS / 1000
      ? null
      : { message: `has not responded for ${Math.round(seconds)} s`, mayRead: false };
  };

  return {
    look: (signal) =>
      look(signal).finally(() => {
        askedAt = null;
      }),
    report: () => ({
      isSet: folder !== null,
      partitions,
      problem: archive.problem,
      folder: slow() ?? folderProblem,
      damaged: Array.from(damaged, ([path, problem]) => `${path}: ${problem}`).sort(),
      ...{ checkedAt, due },
      archiving: withoutFolder(archiving.report(), folder),
    }),
  };
}

async function countDue(sql: Sql, afterMs: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from log_partitions
    where state = 'SEALED' and to_ts < now() - ${afterMs} * interval '1 millisecond'`;
  return row!.count;
}

/** Errors of the file system name absolute paths. */
const withoutFolder = (report: ArchivingReport, folder: string | null): ArchivingReport =>
  folder === null ? report : { ...report, error: report.error?.replaceAll(folder, 'ARCHIVE_DIR') ?? null };
