import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { truncate, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { LLM_CALL, RECORD } from '../../src/db/schema/columns.ts';
import { ArchiveUnavailable } from '../../src/errors.ts';
import { compareRecords } from '../../src/log/record.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { calling, insert, record, withoutCall } from '../support/records.ts';

const RECORDS = [
  record({
    message: 'Hello "World"\nÉ, 漢字 🚚',
    component: '',
    attributes: { 'b.c': [1.5, null, 'x'], n: 1e21, '': {} },
  }),
  record({ timestamp: '2026-11-22T23:59:59.999999Z', durationMs: 0.1, severityNumber: 24, httpStatus: 404 }),
  calling({ timestamp: '2026-11-23T00:00:00.000000Z' }, { finishReasons: ['a,b', '"'], parameters: { stop: [null] } }),
  record({ timestamp: '1999-01-03T00:00:00.000001Z', message: '' }),
  record({ timestamp: '1999-12-03T00:00:00.000001Z', message: ' ', stackTrace: 'at \\N\r\n' }),
].sort(compareRecords);

/** All records of the archive. */
const read = (sql: Sql): Promise<object[]> =>
  inSnapshot(sql, async (tx) => {
    const duck = (await archiveIn(tx, ALL_TIME))!;
    return duck<object[]>`select ${duck.unsafe(RECORD)} from system_logs order by ts, uid`;
  });

test('the files hold what the partitions held', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder, archivePartitions } = archived;
  await insert(sql, RECORDS);
  await archivePartitions();
  expect(await sql`select from system_logs`).toEqual([]);
  expect(await read(sql)).toEqual(RECORDS.map(withoutCall));
  const calls = await inSnapshot(sql, async (tx) => {
    const duck = (await archiveIn(tx, ALL_TIME))!;
    return duck<object[]>`select ${duck.unsafe(LLM_CALL)} from llm_logs`;
  });
  expect(calls).toEqual(RECORDS.flatMap(({ llm }) => llm ?? []));
  const files = globSync('**/*.parquet', { cwd: folder });
  expect(files.map((file) => file.replace(/-[0-9a-f]{8}\.parquet$/, '.parquet')).sort()).toEqual([
    'llm/day=2026-11-23/system_logs_20261123.parquet',
    'logs/day=1999-01-03/system_logs_19990101.parquet',
    'logs/day=1999-12-03/system_logs_19990101.parquet',
    'logs/day=2026-11-21/system_logs_20261121.parquet',
    'logs/day=2026-11-22/system_logs_20261122.parquet',
    'logs/day=2026-11-23/system_logs_20261123.parquet',
  ]);
});

test('a file that is cut, changed or missing is an error that names it', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder, archivePartitions } = archived;
  await insert(sql, [RECORDS[2]!]);
  await archivePartitions();
  const path = globSync('logs/**/*.parquet', { cwd: folder })[0]!;
  const file = join(folder, path);
  const bytes = readFileSync(file);
  // Of a copy, only the time is another one.
  await utimes(file, 1, 1);
  expect(await read(sql)).toHaveLength(1);

  writeFileSync(file, bytes.with(bytes.length - 1, 0x78));
  await expect(read(sql)).rejects.toThrow(ArchiveUnavailable);
  await expect(read(sql)).rejects.toThrow(`${path}: expected the bytes that were archived, found others`);
  await truncate(file, 100);
  // The folder is not for everyone who asks.
  const cut = `a file of the archive cannot be read: ${path}: expected ${bytes.length} bytes, found 100`;
  await expect(read(sql)).rejects.toThrow(new ArchiveUnavailable(cut));
});

test('records that many clean-ups have removed are left out, whatever program reads the files', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, archivePartitions } = archived;
  const records = Array.from({ length: 25 }, () => record()).sort(compareRecords);
  await insert(sql, records);
  await archivePartitions();
  const removed = records.slice(2);
  await inTransaction(sql, async (tx) => {
    for (const { timestamp, uid } of removed) {
      await tx`
        insert into archive_removals (archived_id, times, uids)
        select id, array[${timestamp}::timestamptz], array[${uid}::uuid] from archived_partitions`;
    }
    await changeArchiveVersion(tx);
  });
  const left = records.slice(0, 2).map(withoutCall);
  expect(await read(sql)).toEqual(left);
  await using other = openArchive({ folder: archived.folder, tempFolder: join(archived.folder, '.temp-other') });
  expect(await read(withArchive(archived.database.sql, other))).toEqual(left);
});
