import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { perSecond } from '../measure.ts';
import type { Setting } from '../setting.ts';
import { askAll } from './answers.ts';
import { type Cost, costOf, total } from './cost.ts';
import { createDisposable } from './databases.ts';
import { readDisk } from './disk.ts';
import { type Files, writeFiles } from './files.ts';
import { type Ingest, measureIngest } from './ingest.ts';
import { COPY_PROGRAM, type Limit, measureLimit } from './limit.ts';
import { printPeers } from './peers.ts';
import { AUTOVACUUM_MS, postmasterOf, readCpu } from './processes.ts';
import { questionsOf } from './questions.ts';
import type { Amount } from './rows.ts';
import { countSealed, sealAll } from './seal.ts';
import { atMost, detail, failure, heading, line } from './table.ts';
import { benchVariants } from './variants.ts';

const MINUTE_MS = 60_000;
/** The short runs have this part of the rows. */
const SHORT = 5;

/** A slow answer is a figure, not an error. */
const QUERY_TIMEOUT = '10m';

/** What is aimed at with 2,000,000 rows of a day. */
const AIMS = { limit: 0.9, cpu: 14, wal: 650, open: 440, sealed: 480, sealing: 5 };

/**
 * Rows that nobody tuned (rows.ts): ingest beside `\copy` of the same rows with the primary key alone, questions over records
 * just stored, sealing, the same questions again. `NEUTRAL_ROWS` and `NEUTRAL_DAYS` change the amount; the aims are for
 * 2,000,000 rows of a day.
 */
export async function benchNeutral(setting: Setting): Promise<void> {
  const amount: Amount = {
    rows: Number(process.env.NEUTRAL_ROWS ?? 2_000_000),
    days: Number(process.env.NEUTRAL_DAYS ?? 1),
    endMs: Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS,
  };
  const shortRows = Math.ceil(amount.rows / SHORT);
  const folder = await mkdtemp(join(tmpdir(), 'weir-neutral-'));
  try {
    const files = writeFiles(folder, amount, shortRows);
    console.log(
      `${amount.rows.toLocaleString('en')} records of ${amount.days} day(s), ${(files.ndjsonBytes / amount.rows).toFixed(1)} ` +
        `bytes each; ${cpus().length} processors for client, server and PostgreSQL. Compare CPU and ratios: other programs ` +
        'change records/s and ms.',
    );
    const limit = await measureLimits(setting, files);
    await benchStored(setting, files, amount, limit);
    await benchVariants(setting, files, shortRows, limit, folder);
    printPeers();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The mean of two runs: the machine's speed changes. */
async function measureLimits(setting: Setting, files: Files): Promise<Limit> {
  heading(`The limit: ${COPY_PROGRAM}, text, one connection, jsonb, the primary key alone`);
  const runs: Limit[] = [];
  for (const name of ['first', 'second']) {
    await using database = await createDisposable(setting);
    const run = await measureLimit(database.url, files);
    line(`${name} run`, `${perSecond(run.recordsPerSecond)}, ${total(run).toFixed(1)} CPU s`);
    runs.push(run);
  }
  const [one, two] = runs as [Limit, Limit];
  detail(`WAL ${one.wal.toFixed(0)} bytes a record, on disk ${one.disk.toFixed(0)}`);
  return {
    ...one,
    recordsPerSecond: (one.recordsPerSecond + two.recordsPerSecond) / 2,
    facetMs: Math.min(one.facetMs, two.facetMs),
  };
}

async function benchStored(setting: Setting, files: Files, amount: Amount, limit: Limit): Promise<void> {
  const questions = questionsOf(files.expected, amount, limit.facetMs);
  await using database = await createDisposable(setting);
  await using server = await setting.startServer(database.url, { QUERY_TIMEOUT });
  const postmaster = await postmasterOf(database.url);
  const readCpuSeconds = async (): Promise<number> => {
    const cpu = await readCpu(postmaster, server.process.pid);
    return cpu.server + cpu.postgres;
  };
  const sent = { file: files.ndjson, rows: files.rows, settleMs: AUTOVACUUM_MS };
  const ingest = await measureIngest(server, database.url, sent);
  showIngest(ingest, limit);
  detail(`bytes a record: ${await readDisk(database.url, files.rows)}`);

  heading('Questions over the records just stored (GraphQL over HTTP, median of 5 after a first; CPU of each)');
  await askAll(server.url, questions, readCpuSeconds);
  const sealed = await countSealed(database.url);
  if (sealed > 0) failure('records just stored', `${sealed} partitions are sealed already: start again`);

  heading('Sealing of every partition');
  const sealing = await costOf(database.url, files.rows, {
    work: () => sealAll(database.url),
    server: server.process.pid,
    settleMs: AUTOVACUUM_MS,
  });
  showSealing(sealing, ingest.disk);
  detail(`bytes a record: ${await readDisk(database.url, files.rows)}`);

  heading('The same questions after sealing');
  await askAll(server.url, questions, readCpuSeconds);
}

function showIngest(ingest: Ingest, limit: Limit): void {
  const { cpu, wal, disk, recordsPerSecond } = ingest;
  heading('Ingest: POST /ingest, 4 connections, 5,000 lines a body, from a process of its own');
  const ratio = recordsPerSecond / limit.recordsPerSecond;
  line(
    'records/s, and the part of the limit',
    `${perSecond(recordsPerSecond)} = ${ratio.toFixed(2)}`,
    `${AIMS.limit} or more`,
    ratio >= AIMS.limit,
  );
  const all = total(ingest);
  line('CPU s a million, server and PostgreSQL, until idle', all.toFixed(1), atMost(AIMS.cpu, ''), all <= AIMS.cpu);
  detail(`server ${cpu.server.toFixed(1)}, PostgreSQL ${cpu.postgres.toFixed(1)} (autovacuum included)`);
  line('WAL bytes a record, with full-page writes', wal.toFixed(0), atMost(AIMS.wal, ''), wal <= AIMS.wal);
  line('bytes a record on disk, open: all of the database', disk.toFixed(0), atMost(AIMS.open, ''), disk <= AIMS.open);
}

function showSealing(sealing: Cost, openDisk: number): void {
  const all = total(sealing);
  line('CPU s a million', all.toFixed(1), atMost(AIMS.sealing, ''), all <= AIMS.sealing);
  const disk = openDisk + sealing.disk;
  line('bytes a record on disk, sealed', disk.toFixed(0), atMost(AIMS.sealed, ''), disk <= AIMS.sealed);
  line('WAL bytes a record of sealing', sealing.wal.toFixed(0));
}
