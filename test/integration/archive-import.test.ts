import { globSync, statSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { claimFolder } from '../../src/db/archive/write/archive-folder.ts';
import { openArchiveSession } from '../../src/db/archive/write/archive-session.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { ROLLUPS } from '../../src/db/rollups/rollup.ts';
import { LLM_CALL, RECORD } from '../../src/db/schema/columns.ts';
import { compareRecords, type LogRecord, type NewRecord } from '../../src/log/record.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { calling, insert, record, withoutCall } from '../support/records.ts';
import { remove, spawnWeir, temporaryFolder, until } from '../support/server.ts';

const at = (day: number, time = '12:00:00.000000'): string => `2026-11-${day}T${time}Z`;
const progress = (processed: number) => ({ progress: { operation: 'copy', processed, total: 10 } });

const RECORDS: NewRecord[] = [
  record({ timestamp: at(11), message: 'one' }),
  record({ timestamp: at(11, '23:59:59.999999'), message: 'two "q"\n', severityNumber: 17 }),
  calling({ timestamp: at(12, '00:00:00.000000'), message: 'three' }, { costNanoUsd: 9_007_199_254_740_991 }),
  record({ timestamp: at(13), message: 'four', attributes: { a: { b: [1] } } }),
  calling({ timestamp: at(14), message: 'five' }, { costNanoUsd: null, finishReasons: ['a,b'] }),
  record({ timestamp: at(15), message: 'run', pipelineId: 'p1', attributes: progress(3) }),
  record({ timestamp: at(15, '13:00:00.000000'), message: 'run', pipelineId: 'p1', attributes: progress(4) }),
].sort(compareRecords);

/** What `weir archive export` of a server with `RECORDS` has written. */
let exported: string;
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  exported = join(folder, 'exported');
  await using server = await createArchivedDatabase();
  await insert(server.sql, RECORDS, 7);
  await server.archivePartitions(['system_logs_20261111']);
  const { code, err } = await weir(server, 'export', '--from', '2026-11-11', '--to', '2026-11-16', exported);
  expect(code, err).toBe(0);
});
afterAll(() => remove(folder));

async function weir({ database, folder: archive }: ArchivedDatabase, ...args: string[]) {
  await using run = spawnWeir(['archive', ...args], { LOGS_DATABASE_URL: database.url, ARCHIVE_DIR: archive });
  const { code } = await run.exited;
  return { code, out: run.stdout(), err: run.stderr() };
}

/** All that is stored: records of the database and of the archive, and model calls. */
const readAll = (sql: Sql): Promise<{ records: object[]; calls: object[] }> =>
  inSnapshot(sql, async (tx) => {
    const duck = await archiveIn(tx, ALL_TIME);
    const records = [
      ...(await tx<LogRecord[]>`select ${tx.unsafe(RECORD)} from system_logs`),
      ...(duck ? await duck<LogRecord[]>`select ${duck.unsafe(RECORD)} from system_logs` : []),
    ].sort(compareRecords);
    const calls = [
      ...(await tx<object[]>`select ${tx.unsafe(LLM_CALL)} from llm_logs order by ts`),
      ...(duck ? await duck<object[]>`select ${duck.unsafe(LLM_CALL)} from llm_logs order by ts` : []),
    ];
    return { records, calls };
  });

/** The sums of rollups by minute and group, as if each delta were merged. */
async function readRollups(sql: Sql): Promise<object[]> {
  const all: object[] = [];
  for (const { name, groups, sums } of ROLLUPS) {
    const totals = Object.keys(sums).map((sum) => `sum(${sum})::text as ${sum}`);
    all.push(
      ...(await sql.unsafe(
        `select ts, ${groups.join(', ')}, ${totals.join(', ')} from ${name} where step in (0, 60)
         group by ts, ${groups.join(', ')} order by 1, 2, 3, 4, 5`,
      )),
    );
  }
  return all;
}

/** A database that has these records by the usual way. */
async function rollupsOf(records: readonly NewRecord[]): Promise<object[]> {
  await using usual = await createArchivedDatabase();
  await insert(usual.sql, records);
  return await readRollups(usual.sql);
}

test('what one server has exported is in the other one as if it had come there', async () => {
  await using other = await createArchivedDatabase();
  expect(await weir(other, 'import', exported)).toMatchObject({
    code: 0,
    out: '7 records and 2 model calls imported\n',
  });
  const { records, calls } = await readAll(other.sql);
  expect(records).toEqual(RECORDS.map(withoutCall));
  expect(calls).toEqual(RECORDS.flatMap(({ llm }) => llm ?? []));
  expect(await readRollups(other.sql)).toEqual(await rollupsOf(RECORDS));
  expect(await other.sql`select pipeline_id, ts, progress -> 'processed' as n from pipeline_runs`).toEqual([
    { pipeline_id: 'p1', ts: at(15, '13:00:00.000000'), n: 4 },
  ]);
  expect(await other.sql`select name, from_ts, to_ts from archived_partitions order by 2`).toEqual(
    [11, 12, 13, 14, 15].map((day) => ({
      ...{
        name: `system_logs_202611${day}`,
        from_ts: at(day, '00:00:00.000000'),
        to_ts: at(day + 1, '00:00:00.000000'),
      },
    })),
  );
  const files = globSync('**/*.parquet', { cwd: other.folder });
  expect(files.map((file) => file.replace(/-[0-9a-f]{8}\.parquet$/, '')).sort()).toEqual([
    'llm/day=2026-11-12/system_logs_20261112',
    'llm/day=2026-11-14/system_logs_20261114',
    ...[11, 12, 13, 14, 15].map((day) => `logs/day=2026-11-${day}/system_logs_202611${day}`),
  ]);
  expect(new Set(files.map((file) => statSync(join(other.folder, file)).mode & 0o777))).toEqual(new Set([0o600]));
  expect((await readdir(other.folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('what is stored already, live or archived, is not stored or counted twice', async () => {
  await using other = await createArchivedDatabase();
  const more = record({ timestamp: at(11, '11:00:00.000000'), message: 'more' });
  await insert(other.sql, [RECORDS[0]!, more, RECORDS[2]!]);
  await other.archivePartitions(['system_logs_20261111']);
  const { out } = await weir(other, 'import', exported);
  expect(out).toBe('5 records and 1 model call imported; 2 records left out: stored before, or twice in the files\n');
  const all = [...RECORDS, more].sort(compareRecords);
  const { records, calls } = await readAll(other.sql);
  expect(records).toEqual(all.map(withoutCall));
  expect(calls).toHaveLength(2);
  expect(await readRollups(other.sql)).toEqual(await rollupsOf(all));
  // One file for each partition, day and kind: the old one waits for its deletion.
  expect(
    await other.sql`select count(*)::int as n from archive_files where kind = 'logs' and from_ts < ${at(12)}`,
  ).toEqual([{ n: 1 }]);
  expect(await other.sql`select path from archive_unlinked`).toEqual([
    { path: expect.stringMatching(/^logs\/day=2026-11-11\/system_logs_20261111-[0-9a-f]{8}\.parquet$/) },
  ]);

  const again = await weir(other, 'import', exported);
  expect(again.out).toBe(
    '0 records and 0 model calls imported; 7 records left out: stored before, or twice in the files\n',
  );
  expect((await readAll(other.sql)).records).toEqual(all.map(withoutCall));
  expect(await readRollups(other.sql)).toEqual(await rollupsOf(all));
});

test('a record that the files have twice is stored once', async () => {
  await using other = await createArchivedDatabase();
  const twice = join(folder, 'twice');
  for (const file of globSync('**/*.parquet', { cwd: exported })) {
    for (const name of ['a.parquet', 'b.parquet']) {
      const to = join(twice, dirname(file), name);
      await mkdir(dirname(to), { recursive: true });
      await copyFile(join(exported, file), to);
    }
  }
  const { out } = await weir(other, 'import', twice);
  expect(out).toBe('7 records and 2 model calls imported; 7 records left out: stored before, or twice in the files\n');
  expect((await readAll(other.sql)).records).toEqual(RECORDS.map(withoutCall));
  expect((await readAll(other.sql)).calls).toHaveLength(2);
  expect(await readRollups(other.sql)).toEqual(await rollupsOf(RECORDS));
});

test('a partition that covers the day, archived or not, keeps its bounds, and its pending removals', async () => {
  await using other = await createArchivedDatabase();
  // Of the year 1999, partitions span a year.
  const [old, removed, imported] = [10, 11, 12].map((hour) =>
    record({ timestamp: `1999-03-01T${hour}:00:00.000000Z`, message: `${hour}` }),
  ) as [NewRecord, NewRecord, NewRecord];
  await using source = await createArchivedDatabase();
  await insert(source.sql, [removed, imported]);
  const files = join(folder, 'old');
  expect((await weir(source, 'export', '--from', '1999-01-01', '--to', '2000-01-01', files)).code).toBe(0);

  await insert(other.sql, [old, removed]);
  await other.archivePartitions();
  const bounds = () => other.sql`select name, from_ts, to_ts from archived_partitions`;
  const before = await bounds();
  await other.sql`
    insert into archive_removals (archived_id, times, uids)
    select id, ${[removed.timestamp]}::timestamptz[], ${[removed.uid]}::uuid[] from archived_partitions`;
  expect((await weir(other, 'import', files)).out).toBe(
    '1 record and 0 model calls imported; 1 record left out: stored before, or twice in the files\n',
  );
  expect(await bounds()).toEqual(before);
  expect((await readAll(other.sql)).records).toEqual([old, imported].map(withoutCall));
});

test('files that are not of this format are refused, by file and column, and nothing is imported', async () => {
  await using other = await createArchivedDatabase();
  const [good] = globSync('logs/day=2026-11-13/*.parquet', { cwd: exported });
  const write = async (name: string, select: string): Promise<string> => {
    const dir = join(folder, name);
    const file = join(dir, 'logs/day=2026-11-13/x.parquet');
    await mkdir(dirname(file), { recursive: true });
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    await connection.run("set TimeZone = 'UTC'");
    await connection.run(
      `create view good as from read_parquet('${join(exported, good!)}', hive_partitioning = false)`,
    );
    await connection.run(`copy (${select}) to '${file}'`);
    connection.closeSync();
    instance.closeSync();
    return dir;
  };
  const file = 'logs/day=2026-11-13/x.parquet';
  for (const [name, select, expected] of [
    [
      'lacks',
      'select * exclude (trace_id) from good',
      `${file}: expected a column trace_id of type VARCHAR, found none`,
    ],
    [
      'type',
      'select * replace (ts::varchar as ts) from good',
      `${file}: expected a column ts of type TIMESTAMP WITH TIME ZONE, found type VARCHAR`,
    ],
    [
      'null',
      'select * replace (null::varchar as message) from good',
      `${file}: expected a value in each row of column message, found another one`,
    ],
    [
      'time',
      `select * replace ('infinity'::timestamptz as ts) from good`,
      `${file}: expected a time of the years 1 to 9999 in each row of column ts, found another one`,
    ],
    [
      'level',
      'select * replace (9::smallint as level) from good',
      `${file}: expected a level from 0 to 5 in each row of column level, found another one`,
    ],
    [
      'list',
      `select * replace ('[1]'::json as attributes) from good`,
      `${file}: expected a JSON object in each row of column attributes, found another one`,
    ],
  ] as const) {
    const dir = await write(name, select);
    expect(await weir(other, 'import', dir)).toEqual({ code: 1, out: '', err: `weir: ${expected}\n` });
  }
  const empty = await temporaryFolder();
  expect((await weir(other, 'import', empty)).err).toBe(
    `weir: expected files logs/day=*/*.parquet in ${empty}, found none\n`,
  );
  await mkdir(join(empty, 'logs/day=2026-11-13'), { recursive: true });
  await copyFile(import.meta.filename, join(empty, file));
  expect((await weir(other, 'import', empty)).err).toMatch(
    /^weir: logs\/day=2026-11-13\/x\.parquet: expected a Parquet file: /,
  );
  await remove(empty);
  expect(await readRollups(other.sql)).toEqual([]);
  expect(globSync('**/*.parquet', { cwd: other.folder })).toEqual([]);
});

test('an import makes an empty folder the archive of its database, and refuses that of another one', async () => {
  await using other = await createArchivedDatabase();
  expect((await weir(other, 'import', exported)).code).toBe(0);
  // As an archiver does.
  await claimFolder(other.sql, other.folder);
  await using third = await createArchivedDatabase();
  const { code, err } = await weir({ ...third, folder: other.folder }, 'import', exported);
  expect(code).toBe(1);
  expect(err).toMatch(/^weir: expected the archive of the logs database .* found that of another one/);
  expect(await third.sql`select from archived_partitions`).toEqual([]);
  expect(globSync('**/*.parquet', { cwd: other.folder })).toHaveLength(7);
});

test('an import waits for an archiver, which would delete its files', async () => {
  await using other = await createArchivedDatabase();
  const archiver = await openArchiveSession(other.database.url);
  await using run = spawnWeir(['archive', 'import', exported], {
    LOGS_DATABASE_URL: other.database.url,
    ARCHIVE_DIR: other.folder,
  });
  const waits = () => other.sql`
    select from pg_stat_activity where application_name = 'weir archive' and query like '%pg_try_advisory_lock%'`;
  await until(async () => (await waits()).length > 0);
  expect(await readdir(other.folder)).toEqual([]);
  await archiver![Symbol.asyncDispose]();
  expect((await run.exited).code, run.stderr()).toBe(0);
  expect((await readAll(other.sql)).records).toHaveLength(7);
});

test('without ARCHIVE_DIR nothing can be imported', async () => {
  await using other = await createArchivedDatabase();
  expect(await weir({ ...other, folder: '' }, 'import', exported)).toEqual({
    code: 1,
    out: '',
    err: 'weir: expected ARCHIVE_DIR, the folder of the archive that gets the files, got none\n',
  });
});

test('a time whose records are not all counted yet is refused: its gap would subtract what was imported', async () => {
  await using other = await createArchivedDatabase();
  await other.sql`insert into log_rollup_gaps (from_ts, to_ts) values (${at(13)}, ${at(14)})`;
  const { code, err } = await weir(other, 'import', exported);
  expect(code).toBe(1);
  expect(err).toMatch(/^weir: the stored records of 2026-11-13 are not all counted yet/);
  expect((await readAll(other.sql)).records).toHaveLength(3);
  expect(globSync('logs/**/*.parquet', { cwd: other.folder })).toHaveLength(2);
  await other.sql`delete from log_rollup_gaps`;
  expect((await weir(other, 'import', exported)).out).toContain(
    '4 records and 1 model call imported; 3 records left out',
  );
});

test('an import that is killed has imported whole days, and goes on', async () => {
  await using other = await createArchivedDatabase();
  // The second day waits for this lock.
  await insert(other.sql, [record({ timestamp: at(12, '01:00:00.000000') })]);
  const held = Promise.withResolvers<void>();
  const holding = other.sql.begin(async (tx) => {
    await tx`lock table system_logs_20261112 in row exclusive mode`;
    await held.promise;
  });
  await using run = spawnWeir(['archive', 'import', exported], {
    LOGS_DATABASE_URL: other.database.url,
    ARCHIVE_DIR: other.folder,
  });
  await until(async () => (await other.sql`select from archived_partitions`).length > 0);
  run.process.kill('SIGKILL');
  await run.exited;
  held.resolve();
  await holding;
  expect((await readAll(other.sql)).records).toHaveLength(3);
  expect((await weir(other, 'import', exported)).out).toContain(
    '5 records and 2 model calls imported; 2 records left out',
  );
  const { records } = await readAll(other.sql);
  expect(records).toHaveLength(8);
});

test.for(['of a new partition', 'of a partition that was there'])(
  'a record %s that is stored while the files are written is not stored twice',
  async (which) => {
    await using other = await createArchivedDatabase();
    const before = record({ timestamp: at(11, '01:00:00.000000') });
    const stored = which === 'of a new partition' ? [] : [before];
    await insert(other.sql, stored);
    const held = Promise.withResolvers<void>();
    const holding = other.sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtext('weir'), hashtext('cleanup'))`;
      await held.promise;
    });
    const settings = { LOGS_DATABASE_URL: other.database.url, ARCHIVE_DIR: other.folder };
    await using run = spawnWeir(['archive', 'import', exported], settings);
    await until(() => globSync('logs/**/*.parquet', { cwd: other.folder }).length > 0);
    await insert(other.sql, [RECORDS[0]!]);
    held.resolve();
    await holding;
    expect((await run.exited).code, run.stderr()).toBe(0);
    expect(run.stdout()).toContain('6 records and 2 model calls imported; 1 record left out');
    const all = [...RECORDS, ...stored].sort(compareRecords);
    expect((await readAll(other.sql)).records).toEqual(all.map(withoutCall));
    expect(await readRollups(other.sql)).toEqual(await rollupsOf(all));
    // The files of the first attempt are gone.
    expect(globSync('logs/day=2026-11-11/*.parquet', { cwd: other.folder })).toHaveLength(1);
  },
);

test('Ctrl-C ends an import after whole days, and leaves no temporary file', async () => {
  await using other = await createArchivedDatabase();
  const held = Promise.withResolvers<void>();
  const holding = other.sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('weir'), hashtext('cleanup'))`;
    await held.promise;
  });
  const settings = { LOGS_DATABASE_URL: other.database.url, ARCHIVE_DIR: other.folder };
  await using run = spawnWeir(['archive', 'import', exported], settings);
  await until(() => globSync('logs/**/*.parquet', { cwd: other.folder }).length > 0);
  run.process.kill('SIGINT');
  held.resolve();
  await holding;
  expect((await run.exited).code).toBe(130);
  const { records } = await readAll(other.sql);
  expect(await readRollups(other.sql)).toEqual(await rollupsOf(RECORDS.slice(0, records.length)));
  expect((await readdir(other.folder)).filter((name) => name.startsWith('.') && name !== '.weir-archive')).toEqual([]);
});
