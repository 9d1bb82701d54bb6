import { chmod, mkdir, readFile, rename, rmdir, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ArchiveReport, createArchiveWatch } from '../../src/db/archive/archive-watch.ts';
import { createArchiving } from '../../src/db/archive/archiving.ts';
import { type ArchivedDatabase, createArchivedDatabase, onlyFile } from '../support/archive.ts';
import { scrape } from '../support/metrics.ts';
import { needs } from '../support/needs.ts';
import { calling, insert, record } from '../support/records.ts';
import { spawnWeir, startTestServer, type TestServer, until } from '../support/server.ts';

const ROOT = process.getuid?.() === 0 ? 'a user other than root is needed: root may write everywhere' : undefined;
const GOES_ON = new AbortController().signal;
const archiving = () => createArchiving({ archived() {}, failed() {} });

async function withFiles(): Promise<ArchivedDatabase & { path: string; file: string }> {
  const archived = await createArchivedDatabase();
  await insert(archived.sql, [
    record({ timestamp: '2026-11-21T01:00:00.000000Z' }),
    calling({ timestamp: '2026-11-23T12:00:00.000000Z' }),
  ]);
  await archived.archivePartitions();
  const path = onlyFile(archived.folder, 'logs/day=2026-11-21');
  return { ...archived, path, file: join(archived.folder, path) };
}

test('a file that is cut, changed or missing is found and named, and is right again when its bytes are', async () => {
  await using archived = await withFiles();
  const { path, file, sql, archive } = archived;
  const watch = createArchiveWatch({ archive, sql, archiving: archiving(), afterMs: null });
  const found = async (): Promise<readonly string[]> => {
    await watch.look(GOES_ON);
    return watch.report().damaged;
  };
  expect(await found()).toEqual([]);
  expect(watch.report()).toMatchObject({ partitions: 2, folder: null, checkedAt: expect.any(String) });
  const bytes = await readFile(file);

  await writeFile(file, bytes.subarray(0, 100));
  expect(await found()).toEqual([`${path}: expected ${bytes.length} bytes, found 100`]);
  await writeFile(file, bytes.with(bytes.length - 1, 0x78));
  const others = [`${path}: expected the bytes that were archived, found others`];
  expect(await found()).toEqual(others);
  expect(await found()).toEqual(others);
  await writeFile(file, bytes);
  await utimes(file, 1, 1);
  expect(await found()).toEqual([]);
  await unlink(file);
  expect(await found()).toEqual([`${path}: expected a file of the archive, found none`]);
  await sql`delete from archive_files where path = ${path}`;
  await sql`update weir_state set value = '99' where name = 'archive_version'`;
  expect(await found()).toEqual([]);
});

test('a folder that is to be made with its first file is no problem', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder, archive } = archived;
  await rmdir(folder);
  const watch = createArchiveWatch({ archive, sql, archiving: archiving(), afterMs: 1 });
  await watch.look(GOES_ON);
  expect(watch.report().folder).toBeNull();
});

test('a folder that is not there is told once, and not its files', async () => {
  await using archived = await withFiles();
  const { folder, sql, archive } = archived;
  const watch = createArchiveWatch({ archive, sql, archiving: archiving(), afterMs: null });
  await rename(folder, `${folder}-away`);
  await watch.look(GOES_ON);
  expect(watch.report()).toMatchObject({ folder: { message: 'does not exist', mayRead: false }, damaged: [] });
  await writeFile(folder, '');
  await watch.look(GOES_ON);
  expect(watch.report().folder).toEqual({ message: 'is no folder', mayRead: false });
  await unlink(folder);
  // The place where a file system is not mounted.
  await mkdir(folder);
  await watch.look(GOES_ON);
  const message = 'has no files of the archive: is its file system mounted?';
  expect(watch.report()).toMatchObject({ folder: { message, mayRead: false }, damaged: [] });
  await rmdir(folder);
  await rename(`${folder}-away`, folder);
  await watch.look(GOES_ON);
  expect(watch.report().folder).toBeNull();
});

test('a folder that cannot be written is a problem of a server that archives', needs(ROOT), async () => {
  await using archived = await withFiles();
  const { folder, sql, archive } = archived;
  const look = async (afterMs: number | null): Promise<ArchiveReport> => {
    const watch = createArchiveWatch({ archive, sql, archiving: archiving(), afterMs });
    await watch.look(GOES_ON);
    return watch.report();
  };
  await chmod(folder, 0o500);
  try {
    expect((await look(null)).folder).toBeNull();
    expect((await look(1)).folder).toEqual({ message: 'cannot be written: EACCES', mayRead: true });
  } finally {
    await chmod(folder, 0o700);
  }
});

test('what is due to be archived is counted: sealed partitions that ended before ARCHIVE_AFTER', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, archive } = archived;
  await sql`
    insert into log_partitions (name, from_ts, to_ts, state) values
      ('a', now() - interval '40 days', now() - interval '31 days', 'SEALED'),
      ('b', now() - interval '31 days', now() - interval '30 days', 'OPEN'),
      ('c', now() - interval '30 days', now() - interval '29 days', 'SEALED')`;
  const due = async (afterMs: number | null): Promise<number | null> => {
    const watch = createArchiveWatch({ archive, sql, archiving: archiving(), afterMs });
    await watch.look(GOES_ON);
    return watch.report().due;
  };
  expect(await due(null)).toBeNull();
  expect(await due(30 * 86_400_000)).toBe(1);
});

test('archiving that fails is told with its error and since when, without paths outside of the archive', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, archive, folder } = archived;
  const state = archiving();
  const watch = createArchiveWatch({ archive, sql, archiving: state, afterMs: null });
  state.failed(new Error(`ENOSPC: no space left on device, write '${folder}/logs/x'`));
  const { archiving: first } = watch.report();
  expect(first).toMatchObject({ failures: 1, error: "ENOSPC: no space left on device, write 'ARCHIVE_DIR/logs/x'" });
  state.failed('again');
  expect(watch.report().archiving).toEqual({ failures: 2, error: 'again', failingSince: first.failingSince });
  state.archived(1);
  expect(watch.report().archiving).toEqual({ failures: 0, error: null, failingSince: null });
});

interface Health {
  status: string;
  problems: { code: string; message: string }[];
  archive: { status: string; damaged: string[]; damagedFiles: number; due: number | null } | null;
}

const readHealth = async (server: TestServer): Promise<Health> =>
  (
    await server.query<{ health: Health }>(
      '{ health { status problems { code message } archive { status damaged damagedFiles due } } }',
    )
  ).data!.health;

test('a server with a damaged file says so in health, metrics and `weir status`, and stays ready', async () => {
  await using archived = await withFiles();
  await using server = await startTestServer({ ARCHIVE_DIR: archived.folder }, archived.database);
  expect(await readHealth(server)).toEqual({
    ...{ status: 'HEALTHY', problems: [] },
    archive: { status: 'HEALTHY', damaged: [], damagedFiles: 0, due: null },
  });
  await unlink(archived.file);
  const health = await until(async () => {
    const found = await readHealth(server);
    return found.status === 'HEALTHY' ? null : found;
  });
  const said = `${archived.path}: expected a file of the archive, found none`;
  expect(health).toMatchObject({
    status: 'DEGRADED',
    problems: [
      {
        code: 'ARCHIVE_DAMAGED',
        message: `1 files of the archive are missing, cut or changed. Questions that need them fail: ${said}.`,
      },
    ],
    archive: { status: 'UNHEALTHY', damaged: [said], damagedFiles: 1 },
  });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

  const series = await scrape(server.url);
  const bytes = series.get('weir_archive_bytes')!;
  expect(bytes).toBeGreaterThan(1000);
  expect(Object.fromEntries(Array.from(series).filter(([name]) => /^weir_archive_[a-z_]+$/.test(name)))).toMatchObject({
    ...{ weir_archive_bytes: bytes, weir_archive_rows: 2, weir_archive_files: 3, weir_archive_files_damaged: 1 },
    ...{ weir_archive_partitions_archived_total: 0, weir_archive_failures_total: 0, weir_archive_seconds_total: 0 },
    ...{ weir_archive_question_duration_seconds_count: 0, weir_archive_program_failures_total: 0 },
  });
  expect(series.get('weir_partitions{state="archived"}')).toBe(2);

  await using status = spawnWeir(['status', '--url', server.url]);
  expect(await status.exited).toMatchObject({ code: 0 });
  const lines = status.stdout().split('\n');
  const size = lines.find((line) => line.startsWith('archive'));
  expect(size).toMatch(
    /^archive {3}UNHEALTHY 2 records \(\d+(\.\d)? kB\) in 3 files, 2026-11-21T\S+ to 2026-11-23T\S+, 1 damaged$/,
  );
  expect(lines.find((line) => line.startsWith('storage'))).toMatch(/, 2 partitions \(2 archived\), kept for ever$/);
});
