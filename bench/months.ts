import { ms, quantile, report, reportWatched, timed } from './measure.ts';
import { DAYS, openMonths, ROWS, type WatchedServer } from './months-database.ts';
import { benchIngestBeside } from './months-ingest.ts';
import { ask, expectSame, pageQuestions, type Question, searchQuestions } from './months-questions.ts';
import { benchStats } from './months-stats.ts';
import { type PlainSql, startPlainSql } from './plain-sql.ts';
import type { Setting } from './setting.ts';

/** Runs before the measurement, on both sides: a server that has run for days has compiled its code. */
const WARMING = 1500;
const TIMES = 200;
/** A day when 10 million records span 30 days; longer when there are fewer. */
const REACH_MS = Math.min(DAYS, 10_000_000 / ROWS) * 86_400_000;
/** Runs of each search, one after the other: the last must be as fast as the first. */
const SEARCHES = 10;

/**
 * Questions over 10 million records of 30 days; `BENCH_ROWS` makes fewer for a trial. The database is made once and kept under
 * bench/.data. GraphQL over HTTP is compared with plain SQL behind a bare HTTP handler.
 */
export async function benchMonths(setting: Setting): Promise<void> {
  await using months = await openMonths();
  console.log(`over ${ROWS.toLocaleString('en')} records in ${DAYS} days`);
  {
    await using server = await months.startServer(months.url);
    await using plain = await startPlainSql(months.url);
    const openFrom = await startOfOpen(plain);
    await benchStats(server, plain, months.end);
    await benchEmpty(server, plain);
    for (const question of await pageQuestions(plain.sql, months.end, REACH_MS))
      await benchPage(server, plain, question);
    for (const question of searchQuestions(openFrom)) await benchSearch(server, plain, question);
    await benchFloor(server, plain, openFrom, months.end);
    reportWatched('the server during these questions', await server.watched());
  }
  await benchIngestBeside(months, setting);
}

/** The cost of an empty question, which every figure includes: no records, and on Weir's side no statement. */
async function benchEmpty(server: WatchedServer, plain: PlainSql): Promise<void> {
  const empty = async (): Promise<unknown> => server.query('{ __typename }');
  const nothing = (): Promise<unknown> => plain.ask('select 1');
  await timed(WARMING, empty);
  await timed(WARMING, nothing);
  const [weir, raw] = [quantile(await server.watch(() => timed(TIMES, empty))), quantile(await timed(TIMES, nothing))];
  report('empty question, median', ms(weir), `node:http + SQL ${ms(raw)}`, weir / raw, 'part of every figure below');
}

async function benchPage(server: WatchedServer, plain: PlainSql, question: Question): Promise<void> {
  await expectSame(server, plain, question);
  const weir = (times: number): Promise<number[]> =>
    server.watch(() => timed(times, () => ask(server, question.graphql)));
  const raw = (times: number): Promise<number[]> => timed(times, () => plain.ask(question.sql));
  await weir(WARMING);
  await raw(WARMING);
  const [took, limit] = [quantile(await weir(TIMES)), quantile(await raw(TIMES))];
  report(
    `${question.name}, median`,
    ms(took),
    `node:http + SQL ${ms(limit)}`,
    took / limit,
    '2 or less; 20 ms at most',
  );
}

/** Over sealed partitions: the first run and the last. */
async function benchSearch(server: WatchedServer, plain: PlainSql, question: Question): Promise<void> {
  const weir = await server.watch(() => timed(SEARCHES, () => ask(server, question.graphql)));
  const raw = await timed(SEARCHES, () => plain.ask(question.sql));
  await expectSame(server, plain, question);
  const both = (times: number[]): string => `${ms(times[0]!)}, ${ms(times.at(-1)!)}`;
  const [took, limit] = [quantile(weir), quantile(raw)];
  report(
    `${question.name}, first and tenth run`,
    both(weir),
    `SQL ${both(raw)}`,
    took / limit,
    '2 or less by the medians; 1.5 s at most',
  );
}

/** With the open partition in range: a search must at least read all of it. */
async function benchFloor(server: WatchedServer, plain: PlainSql, openFrom: string, end: string): Promise<void> {
  const [rare] = searchQuestions(end);
  const scan = `select count(*) from system_logs where ts >= '${openFrom}' and ts < '${end}' and message ilike '%nowhere%'`;
  const weir = quantile(await timed(SEARCHES, () => ask(server, rare!.graphql)));
  const floor = quantile(await timed(SEARCHES, () => plain.ask(scan)));
  report(
    `${rare!.name}, and the open partition`,
    ms(weir),
    `scan of the open partition ${ms(floor)}`,
    weir / floor,
    'a scan plus a sealed search',
  );
}

async function startOfOpen({ sql }: PlainSql): Promise<string> {
  const [row] = await sql<{ from: string }[]>`
    select min(from_ts) as "from" from log_partitions where state = 'OPEN'`;
  return row!.from;
}
