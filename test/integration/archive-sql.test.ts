import { execFile } from 'node:child_process';
import { copyFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ArchivedDatabase, createArchivedDatabase, onlyFile } from '../support/archive.ts';
import { needs } from '../support/needs.ts';
import { calling, insert, record } from '../support/records.ts';
import { remove, spawnWeir, temporaryFolder, until } from '../support/server.ts';
import { inTerminal, TERMINAL_MISSING } from '../support/terminal.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
/** Runs until it is ended. */
const ENDLESS = 'select count(*) from range(100000000000) a, range(100000000000) b where a.range + b.range = -1';

let archived: ArchivedDatabase;
beforeAll(async () => {
  archived = await createArchivedDatabase();
  await insert(archived.sql, [
    record({ message: 'first', attributes: { n: 1, 'a.b': ['x'] }, service: 'shop', uid: uid(1) }),
    record({
      timestamp: '2026-11-22T10:00:00.000001Z',
      message: 'say "hi", =1+1\n\x1b[31mred',
      service: '=cmd',
      uid: uid(2),
    }),
    calling(
      { timestamp: '2026-11-22T11:00:00.000000Z', service: 'bot', uid: uid(3) },
      { costNanoUsd: 9_007_199_254_740_991 },
    ),
  ]);
  await archived.archivePartitions();
});
afterAll(() => archived[Symbol.asyncDispose]());

const uid = (n: number): string => `018f0000-0000-7000-8000-00000000000${n}`;

async function weir(sql: string, ...options: string[]) {
  await using run = spawnWeir(['archive', 'sql', sql, ...options], { ARCHIVE_DIR: archived.folder });
  const { code } = await run.exited;
  return { code, out: run.stdout(), err: run.stderr() };
}

test('a select is a table, NDJSON or CSV', async () => {
  const sql = 'select ts, service, message, attributes, day, level from logs order by ts limit 2';
  expect(await weir(sql)).toEqual({
    code: 0,
    out: [
      'ts                           service  message                      attributes              day         level',
      '2026-11-21T12:00:00.000000Z  shop     first                        {"n": 1, "a.b": ["x"]}  2026-11-21      2',
      '2026-11-22T10:00:00.000001Z  =cmd     say "hi", =1+1\\n\\x1b[31mred  {}                      2026-11-22      2',
      '',
    ].join('\n'),
    err: '-- 2 rows --\n',
  });
  const json = await weir(sql, '--json');
  expect(json.err).toBe('');
  expect(
    json.out
      .split('\n')
      .slice(0, 2)
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      ts: '2026-11-21T12:00:00.000000Z',
      service: 'shop',
      message: 'first',
      attributes: { n: 1, 'a.b': ['x'] },
      day: '2026-11-21',
      level: 2,
    },
    {
      ts: '2026-11-22T10:00:00.000001Z',
      service: '=cmd',
      message: 'say "hi", =1+1\n\x1b[31mred',
      attributes: {},
      day: '2026-11-22',
      level: 2,
    },
  ]);
  const csv = await weir("select service, -1 as n, message from logs where service = '=cmd'", '--csv');
  expect(csv.out).toBe('service,n,message\r\n\'=cmd,-1,"say ""hi"", =1+1\n\x1b[31mred"\r\n');
  const kept = await weir("select service from logs where service = '=cmd'", '--csv', '--formulas', 'keep');
  expect(kept.out).toBe('service\r\n=cmd\r\n');
});

test('every type of a value has its JSON', async () => {
  const { out } = await weir(
    `select sum(cost_nano_usd) * 10 as sum, 1e999::double as inf, null as "null", true as flag, [1, null] as list,
       {a: ts, 'b"': uid} as struct, map {'k': 1.50} as map, '{"a":\n1}'::json as json, 9007199254740993 as big, 1.5 as decimal
     from llm_calls group by all`,
    '--json',
  );
  expect(out).toBe(
    `{"sum":90071992547409910,"inf":null,"null":null,"flag":true,"list":[1,null],` +
      `"struct":{"a":"2026-11-22T11:00:00.000000Z","b\\"":"${uid(3)}"},"map":{"k":1.50},"json":{"a": 1},"big":9007199254740993,"decimal":1.5}\n`,
  );
});

test('a day reads the files of that day alone', async () => {
  const folder = await temporaryFolder();
  try {
    const days = join(archived.folder, 'logs');
    for (const day of await readdir(days)) {
      const [name] = await readdir(join(days, day));
      await promisify(execFile)('mkdir', ['-p', join(folder, 'logs', day)]);
      await copyFile(join(days, day, name!), join(folder, 'logs', day, name!));
    }
    const ask = (sql: string) => weir(sql, '--dir', folder, '--json');
    expect((await ask("select count(*) as n from logs where day = '2026-11-22'")).out).toBe('{"n":2}\n');
    expect((await ask("select message from logs where day < '2026-11-22'")).out).toBe('{"message":"first"}\n');
    expect((await ask('select count(*) as n from llm_calls')).out).toBe('{"n":0}\n');
  } finally {
    await remove(folder);
  }
});

test('of two files of a partition and day, the newer one is read: the older one waits for its deletion', async () => {
  const day = join(archived.folder, 'logs/day=2026-11-22');
  const [name] = await readdir(day);
  const [older, newer] = [join(day, 'system_logs_20261122-0b.parquet'), join(day, 'system_logs_20261122-0a.parquet')];
  try {
    await copyFile(join(day, name!), newer);
    await copyFile(join(archived.folder, onlyFile(archived.folder, 'logs/day=2026-11-21')), older);
    await utimes(older, 1, 1);
    await rm(join(day, name!));
    expect((await weir('select count(*) as n from logs', '--json')).out).toBe('{"n":3}\n');
  } finally {
    await copyFile(newer, join(day, name!));
    await rm(newer);
    await rm(older);
  }
});

test('many rows pass through little memory', async () => {
  await using run = spawnWeir(
    ['archive', 'sql', "select range as n, repeat('x', 200) as x from range(300000)", '--json'],
    {
      ARCHIVE_DIR: archived.folder,
      NODE_OPTIONS: '--max-old-space-size=48',
    },
  );
  let lines = 0;
  run.process.stdout!.on('data', (chunk: Buffer) => {
    lines += chunk.toString().split('\n').length - 1;
  });
  expect((await run.exited).code, run.stderr()).toBe(0);
  expect(lines).toBe(300_000);
});

test('mistakes are said in one plain text', async () => {
  expect(await weir('selec 1')).toEqual({
    code: 1,
    out: '',
    err: 'weir: Parser Error: syntax error at or near "selec"\n\nLINE 1: selec 1\n        ^\n',
  });
  expect((await weir('select nothing from logs')).err).toContain(
    'weir: Binder Error: Referenced column "nothing" not found',
  );
  expect((await weir("select message::int from logs where message = 'first'")).err).toContain('weir: Conversion Error');
  expect((await weir(' ')).err).toBe('weir: expected a select, got an empty text\n');
  expect((await weir('select 1', '--dir', '/nowhere')).err).toBe(
    'weir: expected the folder of an archive, found none at /nowhere\n',
  );
  await using run = spawnWeir(['archive', 'sql', 'select 1'], { ARCHIVE_DIR: '' });
  expect((await run.exited).code).toBe(1);
  expect(run.stderr()).toBe("weir: expected --dir or ARCHIVE_DIR, the archive's folder, got neither\n");
});

test('a folder without files has empty views', async () => {
  const folder = await temporaryFolder();
  try {
    const { out, err } = await weir(
      'select count(*) as n from logs join llm_calls using (uid)',
      '--dir',
      folder,
      '--json',
    );
    expect(out).toBe('{"n":0}\n');
    expect(err).toBe(`-- there are no files of an archive in ${folder} --\n`);
  } finally {
    await remove(folder);
  }
});

test('a statement reads and writes nothing but the files of the archive', async () => {
  const { folder } = archived;
  const outside = await temporaryFolder();
  const list = async () => (await readdir(folder, { recursive: true })).sort();
  try {
    const before = await list();
    await writeFile(join(outside, 'secret.csv'), 'secret');
    await writeFile(join(folder, '../secret.txt'), 'secret');
    for (const sql of [
      `select * from '${outside}/secret.csv'`,
      `select * from read_text('${folder}/../secret.txt')`,
      `select * from read_text('${folder}/logs/../../secret.txt')`,
      `select * from glob('${outside}/*')`,
      `select * from read_blob('/etc/passwd')`,
      `select * from duckdb_secrets()`,
      `copy (select 1) to '${folder}/x.csv'`,
      `copy (select 1) to '${outside}/x.csv'`,
      `explain analyze copy (select 1) to '${folder}/x.csv'`,
      `prepare x as copy (select 1) to '${folder}/x.csv'`,
      `select * from query('copy (select 1) to ''${folder}/x.csv''')`,
      `attach '${folder}/x.db'`,
      `attach '${outside}/x.db'`,
      `export database '${folder}/x'`,
      `create table x as select 1`,
      `drop view logs`,
      'install httpfs',
      'load httpfs',
      `load '${outside}/x.duckdb_extension'`,
      'set lock_configuration = false',
      'set enable_external_access = true',
      `set allowed_directories = ['/']`,
      `pragma enable_external_access = true`,
      `call enable_logging(storage = 'file', storage_path = '${folder}/x')`,
      `select * from read_csv('https://example.com/x.csv')`,
      'select 1; select 2',
    ]) {
      const { code, out, err } = await weir(sql, '--json');
      expect({ sql, code, out }).toEqual({ sql, code: 1, out: '' });
      expect(err, sql).toMatch(
        /^weir: (?:expected one select, got |Permission Error|Invalid Input Error: Cannot change configuration|Parser Error: Expected a single SELECT|[A-Z]\w+ Error: .*(?:locked|external access))/,
      );
    }
    // It is a select, and would write: its path is not one of the files.
    await weir(
      `select * from enable_logging(storage = 'file', storage_path = '${folder}/x') union all select * from logs`,
    );
    await weir(`select * from enable_logging(storage = 'file', storage_path = '${outside}/x')`);
    expect(await list()).toEqual(before);
    expect(await readdir(outside)).toEqual(['secret.csv']);
  } finally {
    await remove(outside);
    await rm(join(folder, '../secret.txt'));
  }
});

test('Ctrl-C ends a long question', async () => {
  const temp = await temporaryFolder();
  await using run = spawnWeir(['archive', 'sql', ENDLESS], { ARCHIVE_DIR: archived.folder, TMPDIR: temp });
  // DuckDB has begun.
  await until(async () => (await readdir(temp)).some((name) => name.startsWith('weir-sql-')));
  run.process.kill('SIGINT');
  expect(await run.exited).toEqual({ code: 130, signal: null });
  expect(run.stdout() + run.stderr()).toBe('');
  expect(await readdir(temp)).toEqual([]);
  await remove(temp);
});

test('a reader that goes away ends it quietly', needs(TERMINAL_MISSING), async () => {
  const command = `"${process.execPath}" "${MAIN}" archive sql --json 'select range as n from range(1000000000)'`;
  const { stdout, stderr } = await promisify(execFile)(
    'bash',
    ['-o', 'pipefail', '-c', `${command} | head -2; echo "ended $?"`],
    {
      env: { PATH: process.env.PATH, ARCHIVE_DIR: archived.folder },
    },
  );
  expect(stdout).toBe('{"n":0}\n{"n":1}\nended 0\n');
  expect(stderr).not.toContain('weir');
});

test('in a terminal, nothing of a record commands it', needs(TERMINAL_MISSING), async () => {
  for (const options of ['', '--json', '--csv']) {
    const command = `"${process.execPath}" "${MAIN}" archive sql ${options} "select message from logs order by ts"`;
    const env = { ...process.env, ARCHIVE_DIR: archived.folder, NO_COLOR: '1' };
    const { stdout } = await promisify(execFile)(...inTerminal(command), { env });
    expect(stdout).toContain('red');
    expect(stdout).not.toContain('\x1b');
  }
});
