import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../../private-file.ts';
import type { Sql } from '../../connection/client.ts';
import { isArchivePath } from './archive-folder.ts';
import type { AtStep } from './archive-step.ts';

/** Files that one statement names. */
const FILES_AT_ONCE = 1000;

interface Unlinked {
  path: string;
  /** No snapshot is left that may read it. */
  isFree: boolean;
}

export interface DeletedFiles {
  deleted: number;
  /** Sessions of other roles, whose snapshots this role may not see: files wait for their end. */
  hidden: number;
}

/**
 * Deletes the files that no row names any more, when no snapshot is left that is older than the transaction that removed their rows: those
 * of this database, and those that standbys and replication slots report.
 */
export async function deleteUnlinked(sql: Sql, folder: string, at?: AtStep): Promise<DeletedFiles> {
  for (let deleted = 0; ; ) {
    const files = await readUnlinked(sql);
    if (files.length === 0) return { deleted, hidden: 0 };
    const hidden = await countHidden(sql);
    const free = hidden > 0 ? [] : files.filter(({ isFree }) => isFree);
    if (free.length === 0) return { deleted, hidden };
    // A path that Weir has not made is no file of the archive, and may lead out of the folder.
    const paths = free.map(({ path }) => path).filter(isArchivePath);
    for (const path of paths) {
      await at?.('unlink');
      await rm(join(folder, path), { force: true });
    }
    // A row that is gone while its file is still there after a loss of power would leave the file for ever.
    for (const parent of new Set(paths.map((path) => join(folder, path, '..')))) {
      await syncFolder(parent).catch((error: { code?: string }) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    await at?.('unlinked');
    await sql`delete from archive_unlinked where path = any(${free.map(({ path }) => path)}::text[])`;
    deleted += free.length;
  }
}

/**
 * A snapshot sees every transaction before its `xmin`. That has 32 bits, and is less than 2^31 from the next transaction's number, which has
 * 64. The statement takes its own snapshot, then reads those of others: one that begins meanwhile sees what this one does.
 */
const readUnlinked = (sql: Sql) => sql<Unlinked[]>`
  with next as materialized (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as xid),
  held as materialized (
    select backend_xmin::text::bigint as xmin from pg_stat_activity
    where pid <> pg_backend_pid() and backend_xmin is not null and (datname = current_database() or datname is null)
    union all
    select xmin::text::bigint from pg_replication_slots where xmin is not null
  ),
  distances as (select ((xid - xmin) % 4294967296 + 4294967296) % 4294967296 as behind from held cross join next),
  oldest as (select max(case when behind < 2147483648 then behind else behind - 4294967296 end) as behind from distances)
  select path, removed_by::text::bigint < xid - coalesce(behind, 0) as "isFree"
  from archive_unlinked cross join next cross join oldest
  order by 2 desc, removed_by limit ${FILES_AT_ONCE}`;

/** PostgreSQL shows the snapshots of other roles to `pg_read_all_stats` only. Its own processes have no role. */
async function countHidden(sql: Sql): Promise<number> {
  const [row] = await sql<{ hidden: number }[]>`
    select count(*)::int as hidden from pg_stat_activity
    where usesysid is not null and (datname = current_database() or datname is null)
      and not pg_has_role(usesysid, 'USAGE') and not pg_has_role('pg_read_all_stats', 'USAGE')`;
  return row!.hidden;
}
