import type { Sql } from '../../connection/client.ts';
import type { NewFile } from '../archived-partitions.ts';

/** Lists files of an archived partition. The transaction calls `changeArchiveVersion` too. */
export async function insertFiles(tx: Sql, archivedId: number, files: readonly NewFile[]): Promise<void> {
  for (const { kind, path, from, to, rows, bytes, modifiedMs, sha256 } of files) {
    await tx`
      insert into archive_files (archived_id, kind, path, from_ts, to_ts, rows, bytes, modified_ms, sha256)
      values (${archivedId}, ${kind}, ${path}, ${from}, ${to}, ${rows}, ${bytes}, ${modifiedMs}, ${sha256})`;
  }
}
