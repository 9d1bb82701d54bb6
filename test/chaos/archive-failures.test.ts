import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import { connect, disconnect } from '../../src/db/connection/client.ts';
import { migrate } from '../../src/db/schema/migrate.ts';
import { createArchiver } from '../../src/maintenance/archiver.ts';
import { createArchivedDatabase, unwatched } from '../support/archive.ts';
import { readKeys, watchRecords } from '../support/archive-reader.ts';
import {
  archiveAll,
  keysOf,
  listedPaths,
  pathsIn,
  recordAt,
  sealAll,
  startArchiver,
  startArchiverTo,
  startLateSender,
} from '../support/archiving.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { canMount, mountSmallDisk } from '../support/chaos/small-disk.ts';
import { insert } from '../support/records.ts';
import { remove, spawnServer, temporaryFolder, until } from '../support/server.ts';

const TIMEOUT_MS = 600_000;
const NEVER = new AbortController().signal;
const LOG = pino({ level: 'silent' });
const recordsOf = (days: readonly number[], count = 40) =>
  days.flatMap((day) => Array.from({ length: count }, (_, n) => recordAt(day, n)));
const setsOf = (keys: readonly string[]) => ({ sent: new Set(keys), stored: new Set(keys) });

/** Kills programs of DuckDB whose first argument holds `text`. */
function killDuckDb(text: string): number {
  const found = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return command.includes('duckdb/program') && command.includes(text);
    } catch {
      return false;
    }
  });
  for (const pid of found) process.kill(Number(pid), 'SIGKILL');
  return found.length;
}

test(
  'DuckDB that is killed is an error of one step or question, and archiving goes on',
  async () => {
    await using archived = await createArchivedDatabase();
    const { sql, folder, database } = archived;
    const all = recordsOf([9, 8, 7]);
    await insert(sql, all);
    await sealAll(sql);
    const tempFolder = `${folder}-writer`;
    const archiver = createArchiver({
      ...{ databaseUrl: database.url, sql, folder, tempFolder, log: LOG },
      afterMs: 5 * 86_400_000,
      archiving: unwatched(),
      isBusy: () => false,
    });
    const watch = watchRecords(sql, setsOf(keysOf(all)));
    {
      await using _ = watch;
      // It never lives for long enough to end a step.
      let kills = 0;
      const killing = setInterval(() => {
        kills += killDuckDb(tempFolder);
      }, 10);
      await archiver.archiveDue(NEVER).finally(() => clearInterval(killing));
      expect(kills).toBeGreaterThan(0);
      expect(await sql`select from log_partitions`).toHaveLength(3);
      await archiver.archiveDue(NEVER);
      expect(await sql`select from log_partitions`).toEqual([]);
      expect(watch.failures).toEqual([]);
      await until(() => killDuckDb(folder) > 0, 10_000, 'a reader of the archive');
      await watch.reread();
    }
    // Some question was running when its program was killed, or the next one found it gone.
    expect(watch.failures.filter(({ message }) => !/has ended|begun anew/.test(message))).toEqual([]);
    await archiver.archiveDue(NEVER);
    await archiveAll(sql, database.url, folder);
    expect(pathsIn(folder)).toEqual(await listedPaths(sql));
  },
  TIMEOUT_MS,
);

test(
  'two archivers at once archive each record once',
  async () => {
    await using archived = await createArchivedDatabase();
    const { sql, folder, database } = archived;
    const all = recordsOf([9, 8, 7]);
    await insert(sql, all);
    await sealAll(sql);
    const records = setsOf(keysOf(all));
    {
      await using watch = watchRecords(sql, records);
      await using _ = startLateSender(sql, [9, 8], records, 3000);
      // One is stopped in the middle, its session is lost, and another one takes its place.
      await using first = await startArchiverTo(sql, database.url, folder, 'checked', 1);
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'weir archiver'`;
      await until(async () => {
        await using second = startArchiver(database.url, folder);
        await second.stopped();
        return (await sql`select from archived_partitions`).length === 3;
      }, 30_000);
      await first.kill();
      await watch.reread();
      expect(watch.failures).toEqual([]);
    }
    await archiveAll(sql, database.url, folder);
    expect(await readKeys(sql)).toEqual([...records.stored].sort());
    expect(pathsIn(folder)).toEqual(await listedPaths(sql));
  },
  TIMEOUT_MS,
);

test(
  'PostgreSQL that stops in the middle of archiving is asked again, and no record is lost or twice',
  async () => {
    await using postgres = await createPostgres();
    await using stack = new AsyncDisposableStack();
    await migrate(postgres.url);
    const folder = stack.adopt(await temporaryFolder(), remove);
    const pool = stack.adopt(connect(postgres.url, { max: 4, statementTimeoutMs: 60_000 }), disconnect);
    const archive = stack.use(openArchive({ folder, tempFolder: `${folder}-reader` }));
    const sql = withArchive(pool, archive);
    const all = recordsOf([9, 8, 7]);
    await insert(sql, all);
    await sealAll(sql);
    for (const step of ['slice', 'checked', 'locked', 'dropped', 'committed'] as const) {
      let stops = 0;
      const archiver = createArchiver({
        ...{ databaseUrl: postgres.url, sql, folder, tempFolder: `${folder}-writer`, log: LOG },
        afterMs: 5 * 86_400_000,
        archiving: unwatched(),
        isBusy: () => false,
        async at(at) {
          if (at !== step || stops++ > 0) return;
          await postgres.stop();
          await postgres.start();
        },
      });
      await archiver.archiveDue(NEVER).catch(() => {});
      expect(await until(() => readKeys(sql).catch(() => null))).toEqual(keysOf(all).sort());
    }
    await archiveAll(sql, postgres.url, folder);
    expect(await readKeys(sql)).toEqual(keysOf(all).sort());
    expect(pathsIn(folder)).toEqual(await listedPaths(sql));
  },
  TIMEOUT_MS,
);

test.runIf(canMount())(
  'a full disk is an error, leaves no temporary file, and archiving goes on when there is space',
  async () => {
    await using archived = await createArchivedDatabase();
    const { sql, database } = archived;
    using disk = mountSmallDisk('64k');
    await using archive = openArchive({ folder: disk.folder, tempFolder: `${disk.folder}-reader` });
    const reader = withArchive(database.sql, archive);
    const all = recordsOf([9, 8], 1000);
    // Small enough that each batch is counted at once.
    for (let from = 0; from < all.length; from += 500) await insert(sql, all.slice(from, from + 500));
    await sealAll(sql);
    const errors: unknown[] = [];
    const archiver = createArchiver({
      ...{ databaseUrl: database.url, sql: reader, folder: disk.folder, tempFolder: `${disk.folder}-writer` },
      log: pino({ level: 'warn' }, { write: (line) => void errors.push(JSON.parse(line)) }),
      afterMs: 5 * 86_400_000,
      archiving: unwatched(),
      isBusy: () => false,
    });
    await archiver.archiveDue(NEVER);
    expect(errors).toHaveLength(2);
    expect(JSON.stringify(errors)).toMatch(/No space left|ENOSPC/);
    expect(pathsIn(disk.folder)).toEqual(['.weir-archive']);
    expect(await readKeys(reader)).toEqual(keysOf(all).sort());
    disk.grow('64m');
    await archiver.archiveDue(NEVER);
    expect(await sql`select from log_partitions`).toEqual([]);
    expect(await readKeys(reader)).toEqual(keysOf(all).sort());
    expect(pathsIn(disk.folder)).toEqual(await listedPaths(sql));
  },
  TIMEOUT_MS,
);

test(
  'a server that is killed while it archives goes on after its next start',
  async () => {
    await using archived = await createArchivedDatabase();
    const { sql, folder, database } = archived;
    const all = recordsOf([12, 11, 10, 9, 8, 7], 300);
    await insert(sql, all);
    await sealAll(sql);
    const dataDir = await temporaryFolder();
    const settings = {
      ...{ LOGS_DATABASE_URL: database.url, DATA_DIR: dataDir },
      ...{ ARCHIVE_AFTER: '5d', ARCHIVE_DIR: folder },
    };
    const archivedPartitions = async () => (await sql`select from archived_partitions`).length;
    try {
      await using watch = watchRecords(sql, setsOf(keysOf(all)));
      for (let kill = 0; kill < 2; kill++) {
        await using server = await spawnServer(settings);
        const before = await archivedPartitions();
        await until(() => readdirSync(folder).some((name) => name.endsWith('.tmp')), 30_000, 'a file that is written');
        if (kill > 0) await until(async () => (await archivedPartitions()) > before, 30_000);
        server.process.kill('SIGKILL');
        await server.exited;
      }
      await using server = await spawnServer(settings);
      await until(async () => (await sql`select from log_partitions`).length === 0, 60_000, 'all archived');
      await until(async () => JSON.stringify(pathsIn(folder)) === JSON.stringify(await listedPaths(sql)), 30_000);
      await watch.reread();
      expect(watch.failures).toEqual([]);
      expect(server.process.exitCode).toBeNull();
    } finally {
      await sleep(0);
      await remove(dataDir);
    }
  },
  TIMEOUT_MS,
);
