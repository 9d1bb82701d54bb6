import type { Dirent } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveUnavailable } from '../../../errors.ts';
import { makeFolder, replaceFile } from '../../../private-file.ts';
import type { Sql } from '../../connection/client.ts';
import { inTransaction } from '../../connection/transaction.ts';

/** Says whose archive a folder is. */
const MARKER = '.weir-archive';
const TEMPORARY = /^\.(?:system_logs_\d{8}(?:_\d{4})?-[0-9a-f]{8}-(?:system_logs|llm_logs)|import-[0-9a-f]{8})\.tmp$/;
const KIND = /^(?:logs|llm)$/;
const DAY = /^day=\d{4}-\d\d-\d\d$/;
const FILE = /^system_logs_\d{8}(?:_\d{4})?-[0-9a-f]{8}\.parquet$/;

/**
 * Makes the folder the archive of this logs database. Call it before anything is written or deleted there: the files of another
 * database would be files that no row names, and a folder whose file system is not mounted would be an empty one.
 * @throws ArchiveUnavailable
 */
export async function claimFolder(sql: Sql, folder: string): Promise<void> {
  const [row] = await sql<{ id: string; has: boolean }[]>`
    select value #>> '{}' as id, exists (select from archive_files) as has from weir_state where name = 'database_id'`;
  const { id, has } = row!;
  const file = join(folder, MARKER);
  const found = await readMarker(file);
  if (found === null && has) {
    throw new ArchiveUnavailable(
      `expected the archive of this logs database in ARCHIVE_DIR (${folder}), with a file ${MARKER}, found none. Is its file system mounted?`,
    );
  }
  if (found === null) {
    const [other] = await readFiles(folder);
    // They would be files that no row names: of another archive, copied without its marker.
    if (other !== undefined) {
      throw new ArchiveUnavailable(
        `expected no files of an archive in ARCHIVE_DIR (${folder}), which has no file ${MARKER}, found ${other}. Bring them in from another folder, by weir archive import`,
      );
    }
    await makeFolder(folder);
    await replaceFile(file, JSON.stringify({ databaseId: id }));
  } else if (found !== id) {
    throw new ArchiveUnavailable(
      `expected the archive of the logs database ${id} in ARCHIVE_DIR (${folder}), found that of another one (${found})`,
    );
  }
}

async function readMarker(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return JSON.parse(text)?.databaseId ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/**
 * Removes what an archiver that was killed has left: files that it has made and no row names, and its temporary folders. The caller
 * holds the archive's session, so nobody writes there. If it has lost it, the archiver that took its place finds its files missing before
 * it records them: the version of the archive is locked, as by `recordArchived`.
 * @returns the number of files
 */
export async function removeOrphans(sql: Sql, folder: string): Promise<number> {
  for (const { name } of await entriesIn(folder, TEMPORARY))
    await rm(join(folder, name), { recursive: true, force: true });
  const paths = await readFiles(folder);
  if (paths.length === 0) return 0;
  return inTransaction(sql, async (tx) => {
    await tx`select from weir_state where name = 'archive_version' for update`;
    const orphans = await tx<{ path: string }[]>`
      select path from unnest(${paths}::text[]) as found (path)
      where not exists (select from archive_files where archive_files.path = found.path)
        and not exists (select from archive_unlinked where archive_unlinked.path = found.path)`;
    for (const { path } of orphans) await rm(join(folder, path), { force: true });
    return orphans.length;
  });
}

/** Whether it may be the path of a file that Weir has made, within the folder. */
export function isArchivePath(path: string): boolean {
  const [kind, day, name, ...rest] = path.split('/');
  return KIND.test(kind ?? '') && DAY.test(day ?? '') && FILE.test(name ?? '') && rest.length === 0;
}

/**
 * The files that Weir has made, as paths within the folder. A folder that is a symbolic link is left out: it may lead into another
 * archive, whose files no row of this database names.
 */
async function readFiles(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const kind of await foldersIn(folder, KIND)) {
    for (const day of await foldersIn(join(folder, kind), DAY)) {
      for (const { name } of await entriesIn(join(folder, kind, day), FILE)) paths.push(`${kind}/${day}/${name}`);
    }
  }
  return paths;
}

const foldersIn = async (folder: string, pattern: RegExp): Promise<string[]> =>
  (await entriesIn(folder, pattern)).filter((entry) => entry.isDirectory()).map(({ name }) => name);

async function entriesIn(folder: string, pattern: RegExp): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter(({ name }) => pattern.test(name));
}
