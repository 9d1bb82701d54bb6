import { globSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewRecord } from '../../src/log/record.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { calling, insert, record } from '../support/records.ts';
import { remove, spawnWeir, temporaryFolder, until } from '../support/server.ts';

const at = (day: number, time = '12:00:00.000000'): string => `2026-11-${day}T${time}Z`;

/** Of five days; the first three are archived, and a late record of the first is not. */
const RECORDS: NewRecord[] = [
  record({ timestamp: at(11), message: 'one' }),
  record({ timestamp: at(11, '23:59:59.999999'), message: 'two "q"\n' }),
  calling({ timestamp: at(12, '00:00:00.000000'), message: 'three' }),
  record({ timestamp: at(13), message: 'four', attributes: { a: { b: [1] } } }),
  calling({ timestamp: at(14), message: 'five' }),
  record({ timestamp: at(15), message: 'six' }),
];
const LATE = record({ timestamp: at(11, '13:00:00.000000'), message: 'late' });

let archived: ArchivedDatabase;
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  archived = await createArchivedDatabase();
  await insert(archived.sql, RECORDS);
  await archived.archivePartitions(['system_logs_20261111', 'system_logs_20261112', 'system_logs_20261113']);
  await insert(archived.sql, [LATE]);
});
afterAll(async () => {
  await archived[Symbol.asyncDispose]();
  await remove(folder);
});

const settings = () => ({ LOGS_DATABASE_URL: archived.database.url, ARCHIVE_DIR: archived.folder });

async function weir(args: string[], more: Record<string, string> = {}) {
  await using run = spawnWeir(['archive', ...args], { ...settings(), ...more });
  const { code } = await run.exited;
  return { code, out: run.stdout(), err: run.stderr() };
}

/** What the files of a folder hold. */
async function read(dir: string, sql: string): Promise<unknown[]> {
  const { out, err } = await weir(['sql', '--json', '--dir', dir, sql]);
  expect(err).toBe('');
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const messages = (dir: string) =>
  read(dir, 'select message from logs order by ts').then((rows) =>
    rows.map((row) => (row as { message: string }).message),
  );

test('an export has each record of its time once, archived or not, and its model calls', async () => {
  const dir = join(folder, 'all');
  const { code, out, err } = await weir(['export', '--from', '2026-11-11', '--to', '2026-11-16', dir]);
  expect({ code, out }, err).toEqual({ code: 0, out: `7 records and 2 model calls in 8 files of ${dir}\n` });
  expect(await messages(dir)).toEqual(['one', 'late', 'two "q"\n', 'three', 'four', 'five', 'six']);
  expect(await read(dir, "select attributes from logs where ts::date = '2026-11-13'")).toEqual([
    { attributes: { a: { b: [1] } } },
  ]);
  expect(await read(dir, 'select uid from llm_calls order by ts')).toEqual([
    { uid: RECORDS[2]!.uid },
    { uid: RECORDS[4]!.uid },
  ]);
  const files = globSync('**/*.parquet', { cwd: dir });
  expect(files.map((file) => file.replace(/export_[0-9a-f]{8}_\d+/, 'X')).sort()).toEqual([
    'llm/day=2026-11-12/X.parquet',
    'llm/day=2026-11-14/X.parquet',
    ...[11, 11, 12, 13, 14, 15].map((day) => `logs/day=2026-11-${day}/X.parquet`),
  ]);
  expect(new Set(files.map((file) => statSync(join(dir, file)).mode & 0o777))).toEqual(new Set([0o600]));
  expect((await readdir(dir)).sort()).toEqual(['llm', 'logs']);
});

test('--from is the first time and --to is not any more, also within an archived day', async () => {
  const dir = join(folder, 'part');
  const range = ['--from', at(11, '13:00:00.000000'), '--to', at(12, '00:00:00.000000')];
  expect((await weir(['export', ...range, dir])).out).toBe(`2 records and 0 model calls in 2 files of ${dir}\n`);
  expect(await messages(dir)).toEqual(['late', 'two "q"\n']);
});

test('records that a clean-up has removed are not exported, though they are still in a file', async () => {
  await using other = await createArchivedDatabase();
  await insert(other.sql, RECORDS.slice(0, 3));
  await other.archivePartitions();
  const { timestamp, uid } = RECORDS[0]!;
  await other.sql`
    insert into archive_removals (archived_id, times, uids)
    select id, ${[timestamp]}::timestamptz[], ${[uid]}::uuid[] from archived_partitions where name = 'system_logs_20261111'`;
  const dir = join(folder, 'removed');
  const to = { LOGS_DATABASE_URL: other.database.url, ARCHIVE_DIR: other.folder };
  expect((await weir(['export', '--from', '2026-11-11', '--to', '2026-11-16', dir], to)).code).toBe(0);
  expect(await messages(dir)).toEqual(['two "q"\n', 'three']);
});

test('the database is not changed', async () => {
  const state = () => archived.sql`
    select (select value from weir_state where name = 'archive_version') as version, (select count(*) from system_logs) as rows,
      (select count(*) from archive_files) as files, (select count(*) from log_rollups) as rollups`;
  const before = await state();
  await weir(['export', '--from', '2026-11-11', '--to', '2026-11-16', join(folder, 'unchanged')]);
  expect(await state()).toEqual(before);
});

test('a folder that has anything is refused, and left as it is', async () => {
  const dir = join(folder, 'full');
  await mkdir(join(dir, 'logs'), { recursive: true });
  const range = ['--from', '2026-11-11', '--to', '2026-11-16'];
  expect(await weir(['export', ...range, dir])).toEqual({
    code: 1,
    out: '',
    err: `weir: expected an empty folder, or none, at ${dir}; found logs\n`,
  });
  expect(await readdir(dir)).toEqual(['logs']);
  const killed = join(folder, 'killed');
  await mkdir(join(killed, '.unfinished'), { recursive: true });
  expect((await weir(['export', ...range, killed])).err).toBe(
    `weir: expected an empty folder, or none, at ${killed}; an export into it runs, or was killed: then remove ${killed}/.unfinished\n`,
  );
});

test('without ARCHIVE_DIR, or with a changed file, an export fails and leaves no file', async () => {
  const dir = join(folder, 'fails');
  const range = ['--from', '2026-11-11', '--to', '2026-11-16'];
  const without = await weir(['export', ...range, dir], { ARCHIVE_DIR: '' });
  expect(without).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(
      /weir: records of this time are in the archive: expected ARCHIVE_DIR, its folder, got none\n$/,
    ),
  });
  expect(await readdir(dir)).toEqual([]);
  expect((await weir(['export', '--from', '2026-11-14', '--to', '2026-11-16', dir], { ARCHIVE_DIR: '' })).code).toBe(0);

  const [path] = globSync('logs/day=2026-11-13/*.parquet', { cwd: archived.folder });
  const file = join(archived.folder, path!);
  const bytes = readFileSync(file);
  truncateSync(file, 100);
  const cut = await weir(['export', ...range, join(folder, 'cut')]);
  writeFileSync(file, bytes);
  // Progress may stand before it.
  expect(cut.err.endsWith(`weir: ${path}: expected the bytes that were archived, found others (${file})\n`)).toBe(true);
  expect(await readdir(join(folder, 'cut'))).toEqual([]);
});

test('mistakes in the arguments are said', async () => {
  expect((await weir(['export', '--from', '2026-11-12', '--to', '2026-11-11', join(folder, 'x')])).err).toBe(
    'weir: --from: expected a time before --to (2026-11-11T00:00:00.000000Z), got 2026-11-12T00:00:00.000000Z\n',
  );
  expect((await weir(['export', join(folder, 'x')])).err).toContain("required option '--from <time>' not specified");
});

test('Ctrl-C ends an export without a file', async () => {
  const dir = join(folder, 'interrupted');
  // A transaction that keeps the export waiting.
  const held = Promise.withResolvers<void>();
  const holding = archived.sql.begin(async (tx) => {
    await tx`lock table system_logs in access exclusive mode`;
    await held.promise;
  });
  await using run = spawnWeir(['archive', 'export', '--from', '2026-11-11', '--to', '2026-11-16', dir], settings());
  await until(async () => (await readdir(dir).catch((): string[] => [])).includes('.unfinished'));
  run.process.kill('SIGINT');
  held.resolve();
  await holding;
  expect(await run.exited).toEqual({ code: 130, signal: null });
  expect(await readdir(dir)).toEqual([]);
});
