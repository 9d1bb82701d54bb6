import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { readStorage, type StorageReport } from '../../src/db/read/storage.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { bearer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { calling, insert, record } from '../support/records.ts';
import { type Client, createClient, startTestServer, until } from '../support/server.ts';

const OLD = record({ timestamp: '2026-11-21T01:00:00.000000Z' });
const RECORDS = [
  OLD,
  record({ timestamp: '2026-11-21T23:59:59.999999Z' }),
  calling({ timestamp: '2026-11-23T12:00:00.000000Z' }),
];
const LATE = record({ timestamp: '2026-11-21T05:00:00.000000Z' });

async function withArchivedDay(): Promise<ArchivedDatabase> {
  const archived = await createArchivedDatabase();
  await insert(archived.sql, RECORDS);
  await archived.archivePartitions(['system_logs_20261121']);
  return archived;
}

/** As a clean-up does. */
const removeArchived = ({ database }: ArchivedDatabase, { timestamp, uid }: typeof OLD): Promise<unknown> =>
  inTransaction(database.sql, async (tx) => {
    await tx`
      insert into archive_removals (archived_id, times, uids)
      select id, array[${timestamp}]::timestamptz[], array[${uid}]::uuid[] from archived_partitions`;
    await changeArchiveVersion(tx);
  });

const STORAGE = `{ storage {
  sizeBytes rows oldest newest partitions { name state rows bytes } archive { location files rows bytes oldest newest }
} }`;
type Answered = Omit<StorageReport, 'archive'> & { archive: (StorageReport['archive'] & { location: string }) | null };
const ask = async (client: Client): Promise<Answered> =>
  (await client.query<{ storage: Answered }>(STORAGE)).data!.storage;

test('an archived partition stands among the others, beside a late one of its name, and counts like them', async () => {
  await using archived = await withArchivedDay();
  await insert(archived.sql, [LATE], 2);
  await using server = await startTestServer({ ARCHIVE_DIR: archived.folder }, archived.database);
  const { partitions, archive, ...all } = await ask(server);
  expect(partitions.map(({ name, state, rows }) => [name, state, rows])).toEqual([
    ['system_logs_20261121', 'ARCHIVED', 2],
    ['system_logs_20261121', 'OPEN', 1],
    ['system_logs_20261123', 'OPEN', 1],
  ]);
  const live = partitions.filter(({ state }) => state !== 'ARCHIVED');
  expect(all).toEqual({
    sizeBytes: live.reduce((sum, { bytes }) => sum + bytes, 0),
    rows: 4,
    oldest: OLD.timestamp,
    newest: RECORDS[2]!.timestamp,
  });
  const bytes = partitions[0]!.bytes;
  expect(bytes).toBeGreaterThan(1000);
  expect(archive).toEqual({
    location: archived.folder,
    ...{ files: 1, rows: 2, bytes, oldest: OLD.timestamp, newest: RECORDS[1]!.timestamp },
  });
});

test('what a clean-up has removed does not count, at the ends either; a file that is gone does not hide the rest', async () => {
  await using archived = await withArchivedDay();
  await removeArchived(archived, OLD);
  expect(await readStorage(archived.sql)).toMatchObject({
    rows: 2,
    oldest: RECORDS[1]!.timestamp,
    archive: { rows: 1, oldest: RECORDS[1]!.timestamp },
  });
  const [file] = await archived.sql<{ path: string }[]>`select path from archive_files`;
  await unlink(join(archived.folder, file!.path));
  expect(await readStorage(archived.sql)).toMatchObject({ rows: 2, oldest: OLD.timestamp });
  await removeArchived(archived, RECORDS[1]!);
  expect(await readStorage(archived.sql)).toMatchObject({
    rows: 1,
    oldest: RECORDS[2]!.timestamp,
    archive: { rows: 0, oldest: null, newest: null },
  });
});

test('an archive is null where none is set; the folder is for ADMIN alone', async () => {
  await using archived = await createArchivedDatabase();
  await insert(archived.sql, RECORDS);
  await using plain = await startTestServer({}, archived.database);
  expect((await ask(plain)).archive).toBeNull();
  await using server = await startKeyServer({ ARCHIVE_DIR: archived.folder }, archived.database);
  const { key } = await makeKeyIn(archived.database, ['READ']);
  const nothing = { files: 0, rows: 0, bytes: 0, oldest: null, newest: null };
  expect((await ask(server.as(server.admin.key))).archive).toEqual({ location: archived.folder, ...nothing });
  expect((await ask(createClient(server.url, bearer(key)))).archive).toEqual({ location: null, ...nothing });
});

test('a server without ARCHIVE_DIR tells what other servers have archived, and that it cannot read it', async () => {
  await using archived = await withArchivedDay();
  await using server = await startTestServer({}, archived.database);
  const storage = await until(async () => {
    const found = await ask(server);
    return found.archive && found;
  });
  expect(storage).toMatchObject({ rows: 3, archive: { location: null, files: 1, rows: 2 } });
  const health = '{ health { status archive { status } problems { code message } } }';
  const { data } = await server.query<{ health: { problems: { message: string }[] } }>(health);
  expect(data!.health).toMatchObject({
    status: 'DEGRADED',
    archive: { status: 'UNHEALTHY' },
    problems: [{ code: 'ARCHIVE_NOT_SET' }],
  });
  expect(data!.health.problems[0]!.message).toMatch(/^1 partitions are archived, and this server has no ARCHIVE_DIR/);
});
