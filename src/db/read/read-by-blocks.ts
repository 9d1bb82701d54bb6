import { earlier, later, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import {
  type BlockTime,
  cutTo,
  isLongGap,
  type PassingTime,
  type PassingTimes,
  passingTimes,
  timeRows,
} from '../blocks/passing-times.ts';
import type { Sql } from '../connection/client.ts';
import type { BlockTest } from '../filter/block-test.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readBySearch } from './search.ts';
import { joined, matchOrder, type Walk, walkOrder, withinEdges } from './walk-sql.ts';

/** Times that the first statement reads: a common text needs few. */
const FIRST_TIMES = 4;
/** Times that the next statement reads at most, for each of the one before. */
const GROWTH = 4;
const TIMES_READ_MAX = 256;
/** Partitions that one statement reads at most: each costs planning time. */
const PARTITIONS_READ_MAX = 8;

/**
 * Reads a page of matches in the times of blocks that may hold some. `test`: of the walk's filter. `spans`: of partitions, in the
 * order of the walk.
 */
export async function readByBlocks<Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  spans: readonly TimeSpan[],
  test: BlockTest,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let left: TimeSpan | null = joined(spans); left !== null && rows.length < walk.limit; ) {
    const { times, rest }: PassingTimes = await passingTimes(sql, test, left, walk.newestFirst);
    for (const part of partsOf(spans, times, without(left, rest))) {
      const step = { ...walk, limit: walk.limit - rows.length };
      if (step.limit > 0) rows.push(...(await readPart<Row>(sql, columns, step, part)));
    }
    left = rest;
  }
  return rows;
}

/** Partitions in the order of the walk, and the times in them. */
interface Part {
  spans: TimeSpan[];
  times: PassingTime[];
  /** Of a single partition. It was stored by an older server, which may have made an index for texts. */
  hasLongGap: boolean;
}

/** Partitions without such a time are left out. `covered`: where the times come from. */
function partsOf(spans: readonly TimeSpan[], times: readonly PassingTime[], covered: TimeSpan): Part[] {
  const parts: Part[] = [];
  for (const whole of spans) {
    const span = { from: later(whole.from, covered.from), to: earlier(whole.to, covered.to) };
    const ofSpan = times.filter(({ from, to }) => to >= span.from && from < span.to);
    if (ofSpan.length === 0) continue;
    const [last, hasLongGap] = [parts.at(-1), ofSpan.some(isLongGap)];
    if (!last || last.hasLongGap || hasLongGap) {
      parts.push({ spans: [span], times: ofSpan, hasLongGap });
    } else {
      last.spans.push(span);
      // A time that reaches into both partitions is there already.
      last.times.push(...ofSpan.slice(ofSpan[0] === last.times.at(-1) ? 1 : 0));
    }
  }
  return parts;
}

/** The span without the end of it that is left to read. */
function without({ from, to }: TimeSpan, rest: TimeSpan | null): TimeSpan {
  if (rest === null) return { from, to };
  return rest.from === from ? { from: rest.to, to } : { from, to: rest.from };
}

const readPart = <Row>(sql: Sql, columns: string, walk: Walk, part: Part): Promise<Row[]> =>
  part.hasLongGap ? readBySearch(sql, columns, walk, part.spans[0]!) : readTimes(sql, columns, walk, part);

/** The first times of the walk, then the next ones, until the page is full. */
async function readTimes<Row>(sql: Sql, columns: string, walk: Walk, { spans, times }: Part): Promise<Row[]> {
  const rows: Row[] = [];
  for (let [read, next] = [0, FIRST_TIMES]; read < times.length && rows.length < walk.limit; ) {
    const step = { ...walk, limit: walk.limit - rows.length };
    const some = inFewPartitions(times.slice(read, read + next), spans);
    rows.push(...(await readSome<Row>(sql, columns, step, joined(spans), some)));
    read += some.length;
    // As many as the page still needs, if the next ones hold as much as those before.
    const needed = Math.ceil(((walk.limit - rows.length) * read) / rows.length);
    next = Math.min(needed, GROWTH * next, TIMES_READ_MAX);
  }
  return rows;
}

/** The first of the times, which are at least one: those in at most `PARTITIONS_READ_MAX` partitions. */
function inFewPartitions(times: readonly BlockTime[], spans: readonly TimeSpan[]): readonly BlockTime[] {
  const first = spans.findIndex(({ from, to }) => times[0]!.to >= from && times[0]!.from < to);
  const { from, to } = joined(spans.slice(first, first + PARTITIONS_READ_MAX));
  return times.filter((time) => time.to >= from && time.from < to);
}

/** Reads each time along the primary key. */
async function readSome<Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  span: TimeSpan,
  times: readonly BlockTime[],
): Promise<Row[]> {
  const some = cutTo(span, times);
  const rows = await sql<{ at_ts: Timestamp; at_uid: string }[]>`
    select found.*
    from ${timeRows(sql, times)}
    cross join lateral (
      select ${sql.unsafe(columns)}, ts as at_ts, uid as at_uid from system_logs
      where ${within(sql, some)} and ts >= first and ts <= last
        ${withinEdges(sql, walk)} and ${filterSql(sql, walk.filter, some)}
      order by ${walkOrder(sql, walk)} limit ${walk.limit}
    ) as found
    order by ${matchOrder(sql, walk)} limit ${walk.limit}`;
  return rows.map(({ at_ts: _, at_uid: __, ...row }) => row as Row);
}
