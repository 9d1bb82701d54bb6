import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Archive, openArchive } from '../../src/db/archive/archive.ts';
import { createArchiving } from '../../src/db/archive/archiving.ts';
import { createDuckProgram } from '../../src/db/archive/duckdb/client.ts';
import { claimFolder } from '../../src/db/archive/write/archive-folder.ts';
import { archivePartition } from '../../src/db/archive/write/archive-partition.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { createClient, openClient } from '../../src/db/connection/pg-client.ts';
import { readPartitions } from '../../src/db/partitions/partitions.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export interface ArchivedDatabase extends AsyncDisposable {
  /** With the archive beside it. */
  sql: Sql;
  database: TestDatabase;
  archive: Archive;
  folder: string;
  /**
   * Archives these partitions of `system_logs` and their calls; without names, all. Those of late records become archived
   * partitions beside the others of their time.
   */
  archivePartitions(names?: readonly string[]): Promise<void>;
}

/** A database of its own, with a folder for its archive. */
export async function createArchivedDatabase(): Promise<ArchivedDatabase> {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createTestDatabase());
  const base = await mkdtemp(join(tmpdir(), 'weir-archive-'));
  const folder = join(base, 'archive');
  await mkdir(folder);
  opening.defer(() => rm(base, { recursive: true, force: true }));
  const archive = opening.use(openArchive({ folder, tempFolder: join(base, 'reader') }));
  const opened = opening.move();
  return {
    sql: withArchive(database.sql, archive),
    ...{ database, archive, folder },
    archivePartitions: (names) => archivePartitions(database, folder, names),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function archivePartitions({ url, sql }: TestDatabase, folder: string, names?: readonly string[]): Promise<void> {
  await claimFolder(sql, folder);
  await using program = createDuckProgram({ folder, tempFolder: join(folder, '..', 'writer') });
  const client = await createClient(url, { options: '-c TimeZone=UTC' });
  await openClient(client);
  try {
    for (const { name } of await readPartitions(sql, SYSTEM_LOGS)) {
      if (names && !names.includes(name)) continue;
      await sql`update log_partitions set state = 'SEALED' where name = ${name}`;
      const outcome = await archivePartition({ sql, client, program, folder, name, signal: NEVER });
      if ('reason' in outcome) throw new Error(`expected ${name} to be archived, but ${outcome.reason}`);
    }
  } finally {
    await client.end();
  }
}

const NEVER = new AbortController().signal;

/** What an archiver tells of itself, where nobody reads it. */
export const unwatched = () => createArchiving({ archived() {}, failed() {} });

/** The only file of a kind and day: `logs/day=2026-11-21/<name>.parquet`. */
export function onlyFile(folder: string, of: string): string {
  const files = globSync(`${of}/*.parquet`, { cwd: folder });
  if (files.length !== 1) throw new Error(`expected one file in ${of}, found ${files.length}`);
  return files[0]!;
}

/** A path without what makes it unique: `logs/day=2026-11-21/system_logs_20261121.parquet`. */
export const plainPath = (path: string): string => path.replace(/-[0-9a-f]{8}(?=\.parquet$)/, '');
