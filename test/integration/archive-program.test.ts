import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { changeArchiveVersion, readArchivedFiles } from '../../src/db/archive/archived-partitions.ts';
import { createDuckProgram } from '../../src/db/archive/duckdb/client.ts';
import {
  type ArchiveQuestion,
  type ArchiveStore,
  RemovalsUnknown,
  withArchive,
} from '../../src/db/connection/archive-link.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { ArchiveUnavailable, Overloaded } from '../../src/errors.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createMeters } from '../../src/metrics/meters.ts';
import { createRegistry } from '../../src/metrics/registry.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { seriesIn } from '../support/metrics.ts';
import { LINUX_MISSING, needs } from '../support/needs.ts';
import { insert, record } from '../support/records.ts';
import { remove, temporaryFolder, until } from '../support/server.ts';

/** Programs that this process started and that have this text among their arguments. */
const childrenWith = (text: string): number[] =>
  globSync(`/proc/${process.pid}/task/*/children`)
    .flatMap((file) => readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number))
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text));

test(
  'questions and the deaths of the program are counted; the next question starts it anew',
  needs(LINUX_MISSING),
  async () => {
    await using archived = await createArchivedDatabase();
    const { database, folder } = archived;
    await insert(database.sql, [record()]);
    await archived.archivePartitions();
    const registry = createRegistry();
    const tempFolder = join(folder, '.temp-counted');
    await using archive = openArchive({ folder, tempFolder, observe: createMeters(registry).archive });
    const sql = withArchive(database.sql, archive);
    const count = (text = 'select count(*)::int as count from system_logs'): Promise<object[]> =>
      inSnapshot(sql, async (tx) => (await archiveIn(tx, ALL_TIME))!.unsafe(text));
    const counted = (): Record<string, number | undefined> => {
      const series = seriesIn(registry.text({}));
      return {
        questions: series.get('weir_archive_question_duration_seconds_count'),
        unavailable: series.get('weir_archive_question_failures_total{code="ARCHIVE_UNAVAILABLE"}'),
        internal: series.get('weir_archive_question_failures_total{code="INTERNAL"}'),
        deaths: series.get('weir_archive_program_failures_total'),
      };
    };
    expect(await count()).toEqual([{ count: 1 }]);
    expect(counted()).toEqual({ questions: 1, unavailable: 0, internal: 0, deaths: 0 });

    const slow = count('select count(*) from range(1000000) as a, range(1000000) as b where a.range % 7 = b.range % 5');
    const [program, ...others] = childrenWith(tempFolder);
    expect(others).toEqual([]);
    process.kill(program!, 'SIGKILL');
    await expect(slow).rejects.toThrow('the program that reads the archive has ended: SIGKILL');
    expect(counted()).toEqual({ questions: 2, unavailable: 0, internal: 1, deaths: 1 });
    expect(await count()).toEqual([{ count: 1 }]);

    for (const path of globSync('logs/**/*.parquet', { cwd: folder })) await unlink(join(folder, path));
    await expect(count()).rejects.toThrow('found none');
    expect(counted()).toEqual({ questions: 4, unavailable: 1, internal: 1, deaths: 1 });
  },
);

test('removed records stay out of sight when those of an earlier step could not be told', async () => {
  await using archived = await createArchivedDatabase();
  const { database, folder } = archived;
  const [one, two] = [record(), record()];
  await insert(database.sql, [one, two]);
  await archived.archivePartitions();
  await using program = createDuckProgram({ folder, tempFolder: join(folder, '.temp-told') });
  const [file] = await readArchivedFiles(database.sql, database.sql`true`);
  const removal = (id: number, { timestamp: times, uid: uids }: NewRecord) => ({ id, rows: 1, times, uids });
  const told = await Promise.allSettled([
    program.addRemovals(file!.archivedId, [{ ...removal(1, one), uids: 'no uid' }]),
    program.addRemovals(file!.archivedId, [removal(2, two)]),
  ]);
  expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const count = () =>
    program.ask({
      ...{ logs: [{ ...file!, removedThrough: 2 }], calls: [], values: [] },
      text: 'select count(*)::int as count from system_logs',
    });
  await expect(count()).rejects.toThrow(RemovalsUnknown);
  expect(program.knownRemovals(file!.archivedId)).toBe(0);
  await program.addRemovals(file!.archivedId, [removal(1, one), removal(2, two)]);
  expect(await count()).toEqual([{ count: 0 }]);
});

test('an operation that ends while it reads what is archived does not fail those that wait for the same list', async () => {
  await using archive = openArchive({ folder: null, tempFolder: '/none' });
  const ended = archive.listing(1, () => Promise.reject(new Error('the client has gone')));
  const waiting = archive.listing(1, async () => 'read again');
  await expect(ended).rejects.toThrow('the client has gone');
  expect(await waiting).toBe('read again');
});
const ENDLESS = 'select sum(a.range * b.range) from range(100000000) as a, range(100000000) as b';
const of = (text: string): ArchiveQuestion => ({ logs: [], calls: [], text, values: [] });
const ONE = of('select 1 as one');

/** A program without files. */
async function openProgram() {
  const opening = new AsyncDisposableStack();
  const folder = opening.adopt(await temporaryFolder(), remove);
  const tempFolder = join(folder, 'not/yet/there');
  let ended = 0;
  const observe = { answered() {}, ended: () => void ended++ };
  const program = opening.use(createDuckProgram({ folder, tempFolder }, observe));
  return {
    ...{ program, folder, tempFolder, ended: () => ended },
    [Symbol.asyncDispose]: () => opening.disposeAsync(),
  };
}

/** The program without its client. */
async function startProgram() {
  const folder = await temporaryFolder();
  const options = { folder, tempFolder: join(folder, 'temp') };
  const child = fork(join(import.meta.dirname, '../../src/db/archive/duckdb/program.ts'), [JSON.stringify(options)], {
    serialization: 'advanced',
    execArgv: [],
  });
  await once(child, 'message');
  const ended = once(child, 'exit');
  return {
    child,
    ended,
    tempFolder: options.tempFolder,
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended;
      await remove(folder);
    },
  };
}

test('a program whose server is gone ends at once, also while a question runs', async () => {
  await using program = await startProgram();
  const answered = once(program.child, 'message');
  program.child.send({ kind: 'ask', number: 1, question: of(ENDLESS) });
  program.child.send({ kind: 'ask', number: 2, question: ONE });
  expect((await answered)[0]).toEqual({ number: 2, rows: [{ one: 1 }] });
  program.child.disconnect();
  await program.ended;
  expect(existsSync(program.tempFolder)).toBe(false);
});

test('an answer comes in parts, so that the server does something else between two of them', async () => {
  await using program = await startProgram();
  const partsOf = async (text: string): Promise<object[][]> => {
    const parts: object[][] = [];
    program.child.send({ kind: 'ask', number: 1, question: of(text) });
    for await (const [answer] of on(program.child, 'message')) {
      if (!('rows' in answer)) break;
      parts.push(answer.rows);
    }
    return parts;
  };
  const many = await partsOf('select range as n from range(10000)');
  expect(many.flat()).toEqual(Array.from({ length: 10_000 }, (_, n) => ({ n })));
  expect(Math.max(...many.map((rows) => rows.length))).toBeLessThanOrEqual(2048);
  const long = await partsOf("select repeat('x', 600000) as text from range(5)");
  expect(long.map((rows) => rows.length)).toEqual([2, 2, 1]);
});

test('a server that closes ends its program, and the questions that it has', async () => {
  await using made = await openProgram();
  const { program } = made;
  await program.ask(ONE);
  const asked = Array.from({ length: 3 }, () => expect(program.ask(of(ENDLESS))).rejects.toThrow(/has ended|closing/));
  await program[Symbol.asyncDispose]();
  await Promise.all(asked);
  await expect(program.ask(ONE)).rejects.toThrow(Overloaded);
});

test('the folder for what does not fit into memory is there, for its user alone', async () => {
  await using made = await openProgram();
  await made.program.ask(ONE);
  expect(statSync(made.tempFolder).mode & 0o777).toBe(0o700);
});

test('a program that cannot start is not started again for each question', async () => {
  await using made = await openProgram();
  writeFileSync(join(made.folder, 'not'), 'a file');
  for (let i = 0; i < 3; i++) await expect(made.program.ask(ONE)).rejects.toThrow(ArchiveUnavailable);
  expect(made.ended()).toBe(1);
});

test('questions that were cancelled leave their places to others', async () => {
  await using made = await openProgram();
  const { program } = made;
  const [first, others] = [new AbortController(), new AbortController()];
  const running = [1, 2].map(() => program.ask(of(ENDLESS), first.signal).catch(() => {}));
  const waiting = Array.from({ length: 200 }, () => program.ask(ONE, others.signal).catch(() => {}));
  await expect(program.ask(ONE)).rejects.toThrow(Overloaded);
  others.abort();
  await Promise.all(waiting);
  const next = program.ask(ONE);
  first.abort();
  expect(await next).toEqual([{ one: 1 }]);
  await Promise.all(running);
});

test('Ctrl-C reaches the whole group, and the program goes on', needs(LINUX_MISSING), async () => {
  await using made = await openProgram();
  await made.program.ask(ONE);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(childrenWith(made.folder)[0]!, signal);
  expect(await made.program.ask(ONE)).toEqual([{ one: 1 }]);
  expect(made.ended()).toBe(0);
});

test(
  'a program that ends between what it is told of removals and the question is told again',
  needs(LINUX_MISSING),
  async () => {
    await using archived = await createArchivedDatabase();
    const { database, archive, folder } = archived;
    const records = [record(), record()];
    await insert(database.sql, records);
    await archived.archivePartitions();
    const [gone] = records;
    await inTransaction(database.sql, async (tx) => {
      await tx`
        insert into archive_removals (archived_id, times, uids)
        select id, array[${gone!.timestamp}::timestamptz], array[${gone!.uid!}::uuid] from archived_partitions limit 1`;
      await changeArchiveVersion(tx);
    });
    let told = 0;
    const killing: ArchiveStore = {
      ...archive,
      async addRemovals(...removals) {
        await archive.addRemovals(...removals);
        if (++told > 1) return;
        for (const pid of childrenWith(folder)) process.kill(pid, 'SIGKILL');
        await until(() => archive.knownRemovals(removals[0]) === 0);
      },
    };
    const rows = await inSnapshot(withArchive(database.sql, killing), async (tx) =>
      (await archiveIn(tx, ALL_TIME))!.unsafe('select uid from system_logs'),
    );
    expect(rows).toHaveLength(1);
    expect(told).toBe(2);
  },
);
