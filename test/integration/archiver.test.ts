import { globSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import { openArchiveSession } from '../../src/db/archive/write/archive-session.ts';
import { deleteUnlinked } from '../../src/db/archive/write/delete-unlinked.ts';
import { dropOrphans } from '../../src/db/cleanup/partition-removal.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { ensurePartitions } from '../../src/db/partitions/partitions.ts';
import { keepRollups } from '../../src/db/rollups/rollup-keeper.ts';
import { LLM_CONTENTS, SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { ArchiveUnavailable } from '../../src/errors.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { type ArchiverDeps, createArchiver } from '../../src/maintenance/archiver.ts';
import { lookForArchive } from '../../src/server/archive.ts';
import { type ArchivedDatabase, createArchivedDatabase, unwatched } from '../support/archive.ts';
import { readKeys } from '../support/archive-reader.ts';
import { calling, insert, record } from '../support/records.ts';
import { until } from '../support/server.ts';

const DAY_MS = 86_400_000;
const NEVER = new AbortController().signal;
const AT_ONCE = { mergeMs: 0, rewriteMs: 0 };

/** A time of the day so many days ago. Partitions of this age have a day. */
const daysAgo = (days: number, time = '12:00:00.000000'): string =>
  `${new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)}T${time}Z`;
const keys = (records: readonly NewRecord[]): string[] =>
  records.map(({ timestamp, uid }) => `${timestamp} ${uid}`).sort();
const nameOf = (timestamp: string): string => `system_logs_${timestamp.slice(0, 10).replaceAll('-', '')}`;
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ name }) => name)
    .sort();

function archiver(archived: ArchivedDatabase, deps: Partial<ArchiverDeps> = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, new Writable({ write: (line, _, done) => done(void lines.push(JSON.parse(line))) }));
  const made = createArchiver({
    databaseUrl: archived.database.url,
    sql: archived.sql,
    folder: archived.folder,
    tempFolder: join(archived.folder, '..', `${archived.folder}-writer`),
    afterMs: 5 * DAY_MS,
    archiving: unwatched(),
    isBusy: () => false,
    log,
    waits: AT_ONCE,
    ...deps,
  });
  return { lines, archiveDue: (signal = NEVER) => made.archiveDue(signal) };
}

/** An autovacuum has a snapshot too, for a while: files that it might read stay so long. */
const archiveUntilDeleted = (archived: ArchivedDatabase): Promise<unknown> =>
  until(async () => {
    await archiver(archived).archiveDue();
    return (await archived.sql`select from archive_unlinked`).length === 0;
  });

const seal = ({ sql }: ArchivedDatabase) => sql`update log_partitions set state = 'SEALED'`;
const partitions = async ({ sql }: ArchivedDatabase) =>
  (await sql<{ name: string }[]>`select name from log_partitions order by 1`).map(({ name }) => name);
const listed = ({ sql }: ArchivedDatabase) =>
  sql<{ kind: string; day: string; rows: number; path: string }[]>`
    select kind, left(from_ts::text, 10) as day, rows, path from archive_files order by kind, from_ts`;

/** What a clean-up records of an archived partition. */
const removeArchived = ({ sql }: ArchivedDatabase, name: string, records: readonly NewRecord[]) =>
  inTransaction(sql, async (tx) => {
    await tx`
      insert into archive_removals (archived_id, times, uids)
      select id, ${records.map(({ timestamp }) => timestamp)}::timestamptz[], ${records.map(({ uid }) => uid!)}::uuid[]
      from archived_partitions where name = ${name}`;
    await changeArchiveVersion(tx);
  });

test('sealed partitions of the age move to files, others stay', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder } = archived;
  const records = [
    calling({ timestamp: daysAgo(8, '00:00:00.000000') }, {}, { input: 'hello', output: null }),
    record({ timestamp: daysAgo(8, '23:59:59.999999') }),
    record({ timestamp: daysAgo(7) }),
    record({ timestamp: daysAgo(6) }),
    record({ timestamp: daysAgo(2) }),
  ];
  await insert(sql, records);
  await seal(archived);
  const open = nameOf(daysAgo(7));
  await sql`update log_partitions set state = 'OPEN' where name = ${open}`;
  const { lines, archiveDue } = archiver(archived);
  await archiveDue();
  expect(await partitions(archived)).toEqual([open, nameOf(daysAgo(2))]);
  expect(await readKeys(sql)).toEqual(keys(records));
  expect(await listed(archived)).toMatchObject([
    { kind: 'llm', day: daysAgo(8).slice(0, 10), rows: 1 },
    { kind: 'logs', day: daysAgo(8).slice(0, 10), rows: 2 },
    { kind: 'logs', day: daysAgo(6).slice(0, 10), rows: 1 },
  ]);
  expect(await sql`select from llm_log_partitions`).toEqual([]);
  expect(await sql`select from log_blocks where to_ts < ${daysAgo(7)}`).toEqual([]);
  expect(lines.filter(({ msg }) => msg === 'a partition was archived')).toMatchObject([
    { partition: nameOf(daysAgo(8)), rows: 2, files: 2 },
    { partition: nameOf(daysAgo(6)), rows: 1, files: 1 },
  ]);
  const [first] = await listed(archived);
  expect((await stat(join(folder, first!.path))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, first!.path, '..'))).mode & 0o777).toBe(0o700);
  // Contents of calls stay, under their own retention.
  expect(await inTransaction(sql, (tx) => dropOrphans(tx, LLM_CONTENTS))).toEqual([]);
});

test('late records are merged into the files of their day; files of other days stay', async () => {
  await using archived = await createArchivedDatabase();
  const { sql } = archived;
  const [first, second] = [daysAgo(8), daysAgo(7)];
  // One partition of two days.
  await ensurePartitions(sql, SYSTEM_LOGS, [first]);
  const name = nameOf(first);
  await sql`update log_partitions set to_ts = to_ts + interval '1 day' where name = ${name}`;
  await sql.unsafe(`
    alter table system_logs detach partition ${name};
    alter table system_logs attach partition ${name} for values from ('${first.slice(0, 10)} 0:00Z') to ('${daysAgo(6).slice(0, 10)} 0:00Z')`);
  const records = [record({ timestamp: first }), calling({ timestamp: second }), calling({ timestamp: first })];
  await insert(sql, records);
  await seal(archived);
  const { archiveDue, lines } = archiver(archived);
  await archiveDue();
  const before = await listed(archived);
  expect(before.map(({ kind, rows }) => [kind, rows])).toEqual([
    ['llm', 1],
    ['llm', 1],
    ['logs', 2],
    ['logs', 1],
  ]);

  const late = [
    record({ timestamp: daysAgo(8, '01:00:00.000000') }),
    record({ timestamp: daysAgo(8, '13:00:00.000000') }),
  ];
  await insert(sql, late);
  expect(await readKeys(sql)).toEqual(keys([...records, ...late]));
  await seal(archived);
  await archiver(archived, { waits: { mergeMs: DAY_MS, rewriteMs: 0 } }).archiveDue();
  expect(await partitions(archived)).toEqual([name]);
  await archiveDue();
  const after = await listed(archived);
  expect(await partitions(archived)).toEqual([]);
  expect(after.map(({ kind, rows }) => [kind, rows])).toEqual([
    ['llm', 1],
    ['llm', 1],
    ['logs', 4],
    ['logs', 1],
  ]);
  expect(after.map(({ path }, i) => path === before[i]!.path)).toEqual([true, true, false, true]);
  expect(await readKeys(sql)).toEqual(keys([...records, ...late]));
  expect(await readKeys(sql, 'llm_logs')).toEqual(keys([records[1]!, records[2]!]));
  expect(lines.map(({ msg }) => msg)).toEqual(['a partition was archived', 'a partition was archived']);
  const [row] = await sql`select to_ts - from_ts as width from archived_partitions`;
  expect(row).toEqual({ width: '2 days' });
});

test('files are written without removed records, and a late record of the same uid is kept', async () => {
  await using archived = await createArchivedDatabase();
  const { sql } = archived;
  const records = [
    record({ timestamp: daysAgo(8) }),
    calling({ timestamp: daysAgo(8) }),
    record({ timestamp: daysAgo(8) }),
  ];
  await insert(sql, records);
  await seal(archived);
  const { archiveDue } = archiver(archived);
  await archiveDue();
  const name = nameOf(daysAgo(8));
  await removeArchived(archived, name, records.slice(0, 1));
  await removeArchived(archived, name, records.slice(1, 2));
  expect(await readKeys(sql)).toEqual(keys(records.slice(2)));
  await archiver(archived, { waits: { mergeMs: 0, rewriteMs: DAY_MS } }).archiveDue();
  expect(await sql`select from archive_removals`).toHaveLength(2);

  await insert(sql, records.slice(0, 1));
  await seal(archived);
  await archiveDue();
  expect(await listed(archived)).toMatchObject([{ kind: 'logs', rows: 2 }]);
  expect(await sql`select from archive_removals`).toEqual([]);
  expect(await readKeys(sql)).toEqual(keys([records[0]!, records[2]!]));
  expect(await readKeys(sql, 'llm_logs')).toEqual([]);

  await removeArchived(archived, name, [records[0]!, records[2]!]);
  await archiveUntilDeleted(archived);
  expect(await sql`select from archived_partitions`).toEqual([]);
  expect(await readKeys(sql)).toEqual([]);
  expect(files(archived.folder)).toEqual(['.weir-archive']);
});

test('files are written without removed records also while late records keep their partition open', async () => {
  await using archived = await createArchivedDatabase();
  const { sql } = archived;
  const records = [record({ timestamp: daysAgo(8) }), record({ timestamp: daysAgo(8) })];
  await insert(sql, records);
  await seal(archived);
  const { archiveDue } = archiver(archived);
  await archiveDue();
  const late = record({ timestamp: daysAgo(8) });
  await insert(sql, [late]);
  await removeArchived(archived, nameOf(daysAgo(8)), records.slice(0, 1));
  await archiveDue();
  expect(await listed(archived)).toMatchObject([{ kind: 'logs', rows: 1 }]);
  expect(await sql`select from archive_removals`).toEqual([]);
  expect(await partitions(archived)).toEqual([nameOf(daysAgo(8))]);
  expect(await readKeys(sql)).toEqual(keys([records[1]!, late]));
});

test('a replaced file stays while a snapshot is older than its replacement', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder } = archived;
  const records = [record({ timestamp: daysAgo(8) }), record({ timestamp: daysAgo(8) })];
  await insert(sql, records);
  await seal(archived);
  const { archiveDue } = archiver(archived);
  await archiveDue();
  const [old] = await listed(archived);
  await inTransaction(
    sql,
    async (tx) => {
      expect(await readKeys(tx)).toEqual(keys(records));
      await removeArchived(archived, nameOf(daysAgo(8)), records.slice(0, 1));
      await archiveDue();
      await archiveDue();
      expect(await sql`select path from archive_unlinked`).toEqual([{ path: old!.path }]);
      expect(await readKeys(sql)).toEqual(keys(records.slice(1)));
      expect(await readKeys(tx)).toEqual(keys(records));
      expect(files(folder)).toHaveLength(3);
    },
    'isolation level repeatable read read only',
  );
  await archiveUntilDeleted(archived);
  expect(files(folder)).toEqual(['.weir-archive', (await listed(archived))[0]!.path.split('/').at(-1)]);
});

test('late records that come while files are written are in the files, or wait', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder } = archived;
  const records = [record({ timestamp: daysAgo(8) })];
  await insert(sql, records);
  await seal(archived);
  const add = async (): Promise<void> => {
    const one = record({ timestamp: daysAgo(8) });
    records.push(one);
    await insert(sql, [one]);
  };
  let times = 0;
  const once = archiver(archived, {
    at: async (step) => {
      if (step === 'checked' && times++ === 0) await add();
    },
  });
  await once.archiveDue();
  expect(once.lines).toMatchObject([{ msg: 'a partition was archived', rows: 2 }]);
  await add();
  await seal(archived);
  const always = archiver(archived, { at: async (step) => (step === 'checked' ? add() : undefined) });
  await always.archiveDue();
  expect(always.lines).toMatchObject([
    { msg: 'a partition is not archived yet', reason: 'its records changed 3 times while they were written to files' },
  ]);
  expect(await readKeys(sql)).toEqual(keys(records));
  expect(files(folder)).toHaveLength(2);
});

test('a partition whose records are not all counted yet is not archived', async () => {
  await using archived = await createArchivedDatabase();
  const { sql } = archived;
  await insert(sql, [record({ timestamp: daysAgo(8) })], 1, false);
  await sql`insert into log_rollup_gaps (from_ts, to_ts) values (${daysAgo(8)}, ${daysAgo(8, '12:01:00.000000')})`;
  await seal(archived);
  const { archiveDue, lines } = archiver(archived);
  await archiveDue();
  expect(lines).toMatchObject([{ reason: 'its records are not all counted in the rollups yet' }]);
  await sql`delete from log_rollup_gaps`;
  await archiveDue();
  expect(await partitions(archived)).toEqual([]);
});

test('late records of an archived time are counted before they are merged', async () => {
  await using archived = await createArchivedDatabase();
  const { sql } = archived;
  const count = async () =>
    (await sql`select sum(count)::int as count from log_rollups where step in (0, 60)`)[0]!.count;
  await insert(sql, [record({ timestamp: daysAgo(8) }), record({ timestamp: daysAgo(8) })]);
  await seal(archived);
  const { archiveDue } = archiver(archived);
  await archiveDue();
  await insert(sql, [record({ timestamp: daysAgo(8) })], 1, false);
  await sql`insert into log_rollup_gaps (from_ts, to_ts) values (${daysAgo(8)}, ${daysAgo(8, '12:01:00.000000')})`;
  await seal(archived);
  await archiveDue();
  expect(await partitions(archived)).toHaveLength(1);
  await keepRollups(sql);
  expect(await sql`select from log_rollup_gaps`).toEqual([]);
  expect(await count()).toBe(3);
  await archiveDue();
  expect(await partitions(archived)).toEqual([]);
  expect(await listed(archived)).toMatchObject([{ rows: 3 }]);
});

test('what a killed archiver has left is removed, and nothing else', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder } = archived;
  const records = [record({ timestamp: daysAgo(8) })];
  await insert(sql, records);
  await seal(archived);
  await archiver(archived).archiveDue();
  const [kept] = await listed(archived);
  const day = join(folder, kept!.path, '..');
  await writeFile(join(day, `${nameOf(daysAgo(8))}-0123abcd.parquet`), '');
  await writeFile(join(day, 'mine.parquet'), '');
  await mkdir(join(folder, `.${nameOf(daysAgo(8))}-0123abcd-system_logs.tmp`));
  await archiver(archived).archiveDue();
  expect(files(folder)).toEqual(['.weir-archive', 'mine.parquet', kept!.path.split('/').at(-1)].sort());
  expect(globSync('.*.tmp', { cwd: folder })).toEqual([]);
  expect(await readKeys(sql)).toEqual(keys(records));
});

test('nothing is written or deleted in the folder of another database, or in one that is not mounted', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder } = archived;
  await insert(sql, [record({ timestamp: daysAgo(8) })]);
  await seal(archived);
  const marker = join(folder, '.weir-archive');
  writeFileSync(marker, '{"databaseId":"other"}');
  const stranger = join(folder, 'logs/day=2026-01-01/system_logs_20260101-0123abcd.parquet');
  mkdirSync(join(stranger, '..'), { recursive: true });
  writeFileSync(stranger, '');
  utimesSync(stranger, 1, 1);
  const { archiveDue } = archiver(archived);
  await expect(archiveDue()).rejects.toThrow('found that of another one (other)');
  expect(await partitions(archived)).toHaveLength(1);
  expect(files(folder)).toHaveLength(2);
  // Copied without its marker: its files would be taken for those of a killed archiver.
  await rm(marker);
  await expect(archiveDue()).rejects.toThrow(
    'found logs/day=2026-01-01/system_logs_20260101-0123abcd.parquet. Bring them in from another folder',
  );
  expect(files(folder)).toEqual(['system_logs_20260101-0123abcd.parquet']);
  await rm(stranger);
  await archiveDue();
  expect(await partitions(archived)).toEqual([]);
  await rm(marker);
  await expect(archiver(archived).archiveDue()).rejects.toThrow('Is its file system mounted?');
  expect(await readFile(marker, 'utf8').catch(() => 'none')).toBe('none');
});

test('a path that leads out of the folder is not deleted', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder } = archived;
  const outside = join(folder, '..', 'system_logs_20260101-0123abcd.parquet');
  writeFileSync(outside, '');
  await sql`insert into archive_unlinked (path) values ('logs/../../system_logs_20260101-0123abcd.parquet')`;
  await archiveUntilDeleted(archived);
  expect(await readFile(outside, 'utf8')).toBe('');
});

test('one server archives at a time', async () => {
  await using archived = await createArchivedDatabase();
  const { sql } = archived;
  await insert(sql, [record({ timestamp: daysAgo(8) })]);
  await seal(archived);
  const { archiveDue } = archiver(archived);
  {
    await using other = await openArchiveSession(archived.database.url);
    expect(other).not.toBeNull();
    await archiveDue();
    expect(await partitions(archived)).toHaveLength(1);
  }
  await archiveDue();
  expect(await partitions(archived)).toEqual([]);
});

test('an archiver whose files another one has removed records nothing', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder } = archived;
  const records = [record({ timestamp: daysAgo(8) })];
  await insert(sql, records);
  await seal(archived);
  const late = archiver(archived, {
    at: async (step) => {
      if (step !== 'checked') return;
      // Its session was lost: another server has taken its place.
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'weir archiver' and query like '%advisory%'`;
      await rm(join(folder, globSync('logs/**/*.parquet', { cwd: folder })[0]!));
    },
  });
  await late.archiveDue();
  expect(late.lines).toMatchObject([{ msg: 'a partition could not be archived: archiving will be retried' }]);
  expect(await readKeys(sql)).toEqual(keys(records));
  await archiver(archived).archiveDue();
  expect(await partitions(archived)).toEqual([]);
  expect(await readKeys(sql)).toEqual(keys(records));
});

test('calls in a partition beyond the bounds are archived and deleted from it', async () => {
  await using archived = await createArchivedDatabase();
  const { sql } = archived;
  const records = [calling({ timestamp: daysAgo(8) }), calling({ timestamp: daysAgo(7) })];
  await insert(sql, records);
  // As after a server that does not know calls: one partition for both days.
  const [first, second] = await sql<{ name: string; from: string; to: string }[]>`
    select name, from_ts as "from", to_ts as "to" from llm_log_partitions order by from_ts`;
  await sql.unsafe(`
    alter table llm_logs detach partition ${first!.name};
    alter table llm_logs detach partition ${second!.name};
    insert into ${first!.name} select * from ${second!.name};
    drop table ${second!.name};
    delete from llm_log_partitions where name = '${second!.name}';
    update llm_log_partitions set to_ts = '${second!.to}';
    alter table llm_logs attach partition ${first!.name} for values from ('${first!.from}') to ('${second!.to}')`);
  await sql`update log_partitions set state = 'SEALED' where name = ${nameOf(daysAgo(8))}`;
  await archiver(archived).archiveDue();
  expect(await partitions(archived)).toEqual([nameOf(daysAgo(7))]);
  expect(await sql`select ts from llm_logs`).toEqual([{ ts: daysAgo(7) }]);
  expect(await readKeys(sql, 'llm_logs')).toEqual(keys(records));
});

test('a server without a folder knows whether others have archived records, and says that it cannot read them', async () => {
  await using archived = await createArchivedDatabase();
  const { database } = archived;
  await using without = openArchive({ folder: null, tempFolder: join(archived.folder, 'temp') });
  const sql = withArchive(database.sql, without);
  await insert(sql, [record({ timestamp: daysAgo(8) })]);
  await seal(archived);
  await lookForArchive(without, sql);
  expect(without.mayHold).toBe(false);
  await archiver(archived).archiveDue();
  await lookForArchive(without, sql);
  expect(without.mayHold).toBe(true);
  await expect(readKeys(sql)).rejects.toThrow(ArchiveUnavailable);
  await expect(readKeys(sql)).rejects.toThrow('ARCHIVE_DIR is not set');
});

test('nothing is archived while a server of the version before runs', async () => {
  await using archived = await createArchivedDatabase();
  const { sql } = archived;
  await insert(sql, [record({ timestamp: daysAgo(8) })]);
  await seal(archived);
  // As that version tells that it is alive.
  await sql`insert into weir_servers (id, seen_at) values (gen_random_uuid(), now())`;
  const { archiveDue, lines } = archiver(archived, { waits: { ...AT_ONCE, serversMs: 0 } });
  await archiveDue();
  await archiveDue();
  expect(await partitions(archived)).toEqual([nameOf(daysAgo(8))]);
  expect(lines.map(({ msg }) => msg)).toEqual([expect.stringContaining('a server of an older version runs')]);
  await sql`update weir_servers set seen_at = now() - interval '11 s'`;
  await archiveDue();
  expect(await partitions(archived)).toEqual([]);
});

test('archiving waits while ingest is busy, before rows are read', async () => {
  await using archived = await createArchivedDatabase();
  const { sql } = archived;
  await insert(sql, [record({ timestamp: daysAgo(8) })]);
  await seal(archived);
  let asked = 0;
  const { archiveDue } = archiver(archived, { isBusy: () => ++asked < 5 });
  await archiveDue();
  expect(asked).toBe(5);
  expect(await partitions(archived)).toEqual([]);
});

test('an archiver of a server that closes ends soon, and leaves no temporary file', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder } = archived;
  const records = [record({ timestamp: daysAgo(8) })];
  await insert(sql, records);
  await seal(archived);
  const closing = new AbortController();
  const { archiveDue } = archiver(archived, { at: async () => closing.abort() });
  await archiveDue(closing.signal);
  expect(await partitions(archived)).toHaveLength(1);
  expect(await readKeys(sql)).toEqual(keys(records));
  expect(files(folder)).toEqual(['.weir-archive']);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('a role that may not see the snapshots of others deletes nothing', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder } = archived;
  await sql`insert into archive_unlinked (path) values ('logs/day=2026-01-01/system_logs_20260101-0123abcd.parquet')`;
  const seen = await inTransaction(sql, async (tx) => {
    // Rolled back in the end.
    await tx`create role weir_test_blind`;
    await tx`grant select on archive_unlinked to weir_test_blind`;
    await tx`set local role weir_test_blind`;
    // Another session, of another role.
    await sql`select`;
    throw await deleteUnlinked(tx, folder);
  }).catch((result) => result);
  expect(seen).toEqual({ deleted: 0, hidden: expect.toSatisfy((hidden: number) => hidden > 0) });
  // An autovacuum has a snapshot too, for a while.
  await until(async () => (await deleteUnlinked(sql, folder)).deleted === 1);
});
