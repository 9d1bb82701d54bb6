import { isDeepStrictEqual } from 'node:util';
import { LEVELS } from '../src/log/level.ts';
import { shift, type Timestamp } from '../src/log/time.ts';
import { ms, quantile, report, timed } from './measure.ts';
import type { WatchedServer } from './months-database.ts';
import type { PlainSql } from './plain-sql.ts';

const MONTH_MS = 30 * 86_400_000;
const TIMES = 20;
const SIX_HOURS = 6 * 3600;

interface Stats {
  total: number;
  byLevel: { level: string; count: number }[];
  byService: { value: string; count: number }[];
  histogram: { start: string; total: number }[];
}

/** Counts of both sides, sorted so that they can be compared. */
type Counts = [what: string, count: number][];

/** Stats of 30 days, compared with counting the rows. The results must be equal. */
export async function benchStats(server: WatchedServer, plain: PlainSql, end: Timestamp): Promise<void> {
  const from = shift(end, -MONTH_MS);
  const query = `{ stats(time: { from: "${from}", to: "${end}" }) {
    total byLevel { level count } byService { value count } histogram(buckets: 130) { start total } } }`;
  const ask = async (): Promise<Stats> => {
    const { data, errors } = await server.query<{ stats: Stats }>(query);
    if (!data || errors) throw new Error(`expected stats, got ${errors?.[0]?.message}`);
    return data.stats;
  };
  const count = (): Promise<Row[]> => plain.ask(counting(from, end)) as Promise<never>;
  const [ofWeir, ofRows] = [countsOfStats(await ask()), countsOfRows(await count())];
  if (!isDeepStrictEqual(ofWeir, ofRows))
    throw new Error('stats: expected the same counts as counting the rows, got others');
  const weir = quantile(await server.watch(() => timed(TIMES, ask)));
  const raw = quantile(await timed(3, count));
  report(
    'stats of 30 days, equal to counting, median',
    ms(weir),
    `counting rows ${ms(raw)}`,
    raw / weir,
    '100 or more',
  );
}

interface Row {
  bar: number;
  level: number;
  service: string;
  count: number;
}

/** All counts in one pass over the rows. Bars of six hours, which Weir chooses for this number of buckets. */
const counting = (from: Timestamp, to: Timestamp): string => `
  select (floor(extract(epoch from ts) / ${SIX_HOURS}) * ${SIX_HOURS})::bigint as bar, level, service, count(*) as count
  from system_logs where ts >= '${from}' and ts < '${to}' group by 1, 2, 3`;

function countsOfRows(rows: readonly Row[]): Counts {
  const counts = new Map<string, number>();
  const add = (what: string, count: number): void => void counts.set(what, (counts.get(what) ?? 0) + count);
  for (const { bar, level, service, count } of rows) {
    add('total', count);
    add(`level ${LEVELS[level]}`, count);
    add(`service ${service}`, count);
    add(`bar ${bar}`, count);
  }
  return [...counts].sort();
}

const countsOfStats = ({ total, byLevel, byService, histogram }: Stats): Counts =>
  [
    ['total', total] as [string, number],
    ...byLevel.filter(({ count }) => count > 0).map(({ level, count }): [string, number] => [`level ${level}`, count]),
    ...byService.map(({ value, count }): [string, number] => [`service ${value}`, count]),
    ...histogram.map(({ start, total }): [string, number] => [`bar ${barOf(start)}`, total]),
  ].sort();

/** The first bar starts at the range, not at a multiple of six hours. */
const barOf = (start: string): number => Math.floor(Date.parse(start) / 1000 / SIX_HOURS) * SIX_HOURS;
