import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ms, perSecond, quantile } from '../measure.ts';
import { createAsker } from '../neutral/ask.ts';
import { total } from '../neutral/cost.ts';
import { createDisposable } from '../neutral/databases.ts';
import { readDisk } from '../neutral/disk.ts';
import { type Files, writeFiles } from '../neutral/files.ts';
import { measureIngest } from '../neutral/ingest.ts';
import { postmasterOf, readTree } from '../neutral/processes.ts';
import type { Amount } from '../neutral/rows.ts';
import { sealAll } from '../neutral/seal.ts';
import { atMost, detail, failure, heading, line } from '../neutral/table.ts';
import { type Setting, withClient } from '../setting.ts';
import { openPlainDuckDb } from './plain-duckdb.ts';
import { type Question, questionsOf } from './questions.ts';

const DAY_MS = 86_400_000;
const DAYS = 90;
const ARCHIVED_DAYS = 60;
const ROWS = Number(process.env.ARCHIVE_ROWS ?? 10_000_000);
/** Sent beside the archiving. */
const BESIDE_ROWS = Math.ceil(ROWS / 10);
const TIMES = 5;
const QUERY_TIMEOUT = '10m';
const AIM_BYTES = 45;
const AIM_BESIDE = 0.9;

/**
 * Neutral rows of 90 days, of which 60 are archived: what archiving costs, and the same questions over partitions of PostgreSQL, over
 * the archive, and in plain DuckDB over the same files. Their answers must be equal. `ARCHIVE_ROWS` changes the amount.
 */
export async function benchArchive(setting: Setting): Promise<void> {
  const endMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const amount: Amount = { rows: ROWS, days: DAYS, endMs };
  const folder = await mkdtemp(join(tmpdir(), 'weir-bench-archive-'));
  try {
    await using database = await createDisposable(setting);
    const files = writeFiles(folder, amount, 0);
    const beside = writeFiles(await mkdtemp(join(folder, 'beside-')), { rows: BESIDE_ROWS, days: 1, endMs }, 0);
    const archived = { from: iso(endMs - DAYS * DAY_MS), to: iso(endMs - (DAYS - ARCHIVED_DAYS) * DAY_MS) };
    const [day, next] = [iso(endMs - 45 * DAY_MS), iso(endMs - 44 * DAY_MS)];
    const { chain, user } = files.expected;
    const questions = questionsOf({ ...archived, day: { from: day, to: next }, chain, user });
    const live = await benchLive(setting, database.url, files, questions);
    const archiving = { folder: join(folder, 'archive'), until: archived.to, beside };
    const archive = await benchArchiving(setting, database.url, archiving, questions, live);
    const plain = await benchPlain(join(folder, 'archive'), questions);
    show(questions, live, archive, plain);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const iso = (atMs: number): string => new Date(atMs).toISOString();

interface Answered {
  medianMs: number;
  firstMs: number;
  data: unknown;
}

async function benchLive(
  setting: Setting,
  url: string,
  files: Files,
  questions: readonly Question[],
): Promise<Answered[]> {
  await using server = await setting.startServer(url, { QUERY_TIMEOUT });
  heading(`${ROWS.toLocaleString('en')} records of ${DAYS} days, stored and sealed`);
  await measureIngest(server, url, { file: files.ndjson, rows: files.rows });
  const sealed = await sealAll(url);
  detail(`${sealed} partitions; bytes a record: ${await readDisk(url, files.rows)}`);
  return await askAll(server.url, questions);
}

async function askAll(url: string, questions: readonly Question[]): Promise<Answered[]> {
  using asker = createAsker(url);
  const answers: Answered[] = [];
  for (const { graphql } of questions) {
    const first = await asker.ask(graphql);
    const times: number[] = [];
    for (let time = 0; time < TIMES; time++) times.push((await asker.ask(graphql)).ms);
    answers.push({ firstMs: first.ms, medianMs: quantile(times), data: first.data });
  }
  return answers;
}

async function benchArchiving(
  setting: Setting,
  url: string,
  { folder, until, beside }: { folder: string; until: string; beside: Files },
  questions: readonly Question[],
  live: readonly Answered[],
): Promise<Answered[]> {
  const before = await countPartitions(url, until);
  await using server = await setting.startServer(url, {
    QUERY_TIMEOUT,
    ARCHIVE_DIR: folder,
    ARCHIVE_AFTER: `${DAYS - ARCHIVED_DAYS}d`,
  });
  const postmaster = await postmasterOf(url);
  const readCpu = async (): Promise<number> => (await readTree(postmaster)) + (await readTree(server.process.pid!));
  const [cpu, started] = [await readCpu(), performance.now()];
  const sent = { file: beside.ndjson, rows: BESIDE_ROWS };
  while ((await countPartitions(url, until)) === before) await sleep(200);
  const ingesting = measureIngest(server, url, sent);
  const besideFrom = performance.now();
  while ((await countPartitions(url, until)) > 0) await sleep(200);
  const ended = performance.now();
  const used = (await readCpu()) - cpu;
  const ingest = await ingesting;
  const alone = await measureIngest(server, url, sent);
  const [archive] = await withClient(url, async (client) => {
    const { rows } = await client.query(
      `select count(*)::int as files, sum(rows)::float8 as rows, sum(bytes)::float8 as bytes from archive_files`,
    );
    return rows as { files: number; rows: number; bytes: number }[];
  });
  const { rows, bytes } = archive!;
  heading('Archiving');
  line('bytes a record', (bytes / rows).toFixed(1), atMost(AIM_BYTES, ''), bytes / rows <= AIM_BYTES);
  line('records/s', `${perSecond((rows * 1000) / (ended - started))}, ${before} partitions to ${archive!.files} files`);
  const ofIngest = (total(alone) * BESIDE_ROWS) / 1_000_000;
  line('CPU s a million, without those of the ingest', (((used - ofIngest) * 1_000_000) / rows).toFixed(1));
  const part = ingest.recordsPerSecond / alone.recordsPerSecond;
  line('records/s stored beside it, part of without', part.toFixed(2), `${AIM_BESIDE} or more`, part >= AIM_BESIDE);
  if (besideFrom + (BESIDE_ROWS * 1000) / ingest.recordsPerSecond > ended)
    detail('archiving ended before the ingest did');
  const answers = await askAll(server.url, questions);
  for (const [i, { name }] of questions.entries()) {
    if (!isDeepStrictEqual(rounded(answers[i]!.data), rounded(live[i]!.data)))
      failure(name, 'another answer than before archiving');
  }
  return answers;
}

/** A sum of doubles depends on the order in which they are added, in its last digits. */
const rounded = (data: unknown): unknown =>
  JSON.parse(JSON.stringify(data), (_, value) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value));

const countPartitions = (url: string, until: string): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      'select count(*)::int as count from log_partitions where to_ts <= $1',
      [until],
    );
    return rows[0]!.count;
  });

/** The same files and limits, without Weir. */
async function benchPlain(folder: string, questions: readonly Question[]): Promise<Answered[]> {
  using duckdb = await openPlainDuckDb(folder);
  const answers: Answered[] = [];
  for (const { sql } of questions) {
    const firstMs = await duckdb.time(sql);
    const times: number[] = [];
    for (let time = 0; time < TIMES; time++) times.push(await duckdb.time(sql));
    answers.push({ firstMs, medianMs: quantile(times), data: null });
  }
  return answers;
}

function show(
  questions: readonly Question[],
  live: readonly Answered[],
  archive: readonly Answered[],
  plain: readonly Answered[],
): void {
  heading(
    `The archived ${ARCHIVED_DAYS} days: archive, PostgreSQL before, plain DuckDB (medians of ${TIMES} after a first)`,
  );
  for (const [i, { name, aimMs }] of questions.entries()) {
    const [ours, before, duckdb] = [archive[i]!, live[i]!, plain[i]!];
    line(
      name,
      `${ms(ours.medianMs)}; ${ms(before.medianMs)}; ${ms(duckdb.medianMs)}`,
      aimMs === undefined ? '' : atMost(aimMs, 'ms'),
      aimMs === undefined ? undefined : ours.medianMs <= aimMs,
    );
  }
}
