import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Archive, openArchive } from '../../src/db/archive/archive.ts';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import { createDuckProgram } from '../../src/db/archive/duckdb/client.ts';
import { type WriteRequest, writeFiles } from '../../src/db/archive/write/write-files.ts';
import { takeLock } from '../../src/db/connection/advisory-lock.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { createClient, openClient } from '../../src/db/connection/pg-client.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { type Partition, readPartitions } from '../../src/db/partitions/partitions.ts';
import { LLM_LOGS, SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
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
  const folder = await mkdtemp(join(tmpdir(), 'weir-archive-'));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const archive = opening.use(openArchive({ folder, tempFolder: join(folder, '.temp') }));
  const opened = opening.move();
  return {
    sql: withArchive(database.sql, archive),
    ...{ database, archive, folder },
    archivePartitions: (names) => archivePartitions(database, folder, names),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function archivePartitions({ url, sql }: TestDatabase, folder: string, names?: readonly string[]): Promise<void> {
  await using program = createDuckProgram({ folder, tempFolder: join(folder, '.temp-writer') });
  const client = await createClient(url, { options: '-c TimeZone=UTC' });
  await openClient(client);
  try {
    for (const partition of await readPartitions(sql, SYSTEM_LOGS)) {
      if (names && !names.includes(partition.name)) continue;
      await inTransaction(sql, (tx) => archivePartition(tx, { client, program, folder }, partition));
    }
  } finally {
    await client.end();
  }
}

/** Writers wait meanwhile. */
async function archivePartition(
  tx: Sql,
  tools: Pick<WriteRequest, 'client' | 'program' | 'folder'>,
  { name, from, to }: Partition,
): Promise<void> {
  await takeLock(tx, 'partitions');
  await tx`lock table only system_logs in exclusive mode`;
  const [earlier] = await tx<{ count: number }[]>`select count(*) from archived_partitions where name = ${name}`;
  const fileName = earlier!.count === 0 ? name : `${name}-${earlier!.count}`;
  const request = { ...tools, span: { from, to }, name: fileName, signal: new AbortController().signal };
  const files = [
    ...(await writeFiles({ ...request, table: 'system_logs' })),
    ...(await writeFiles({ ...request, table: 'llm_logs' })),
  ];
  const [row] = await tx<{ id: number }[]>`
    insert into archived_partitions (name, from_ts, to_ts) values (${name}, ${from}, ${to}) returning id`;
  for (const file of files) {
    await tx`
      insert into archive_files (archived_id, kind, path, from_ts, to_ts, rows, bytes, modified_ms, sha256)
      values (${row!.id}, ${file.kind}, ${file.path}, ${file.from}, ${file.to}, ${file.rows}, ${file.bytes},
        ${file.modifiedMs}, ${file.sha256})`;
  }
  for (const table of [SYSTEM_LOGS, LLM_LOGS]) {
    const within = (await readPartitions(tx, table)).filter((one) => one.from >= from && one.to <= to);
    for (const one of within) {
      await tx`drop table ${tx(one.name)}`;
      await tx`delete from ${tx(table.catalog)} where name = ${one.name}`;
    }
  }
  await changeArchiveVersion(tx);
}
