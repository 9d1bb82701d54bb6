import pg from 'pg';
import { levelIndex } from '../../log/level.ts';
import type { NewRecord } from '../../log/record.ts';
import { microsOf, type Timestamp, timestampFromMicros } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';

// How often there are records by time, level, service, component and environment: `log_rollups`. Written here, in the
// transaction that stores the records; read by counted.ts; kept small and true by rollup-keeper.ts. In `log_rollup_gaps`
// are the times whose rollups say nothing, so that the records themselves are counted.

/** Seconds that a merged row stands for, widest first. */
export const ROLLUP_STEPS = [86_400, 3600, 60] as const;

/**
 * Groups of one batch that are written as deltas; a batch of more leaves gaps instead, of at most as many pieces, until a
 * server has counted them. It bounds what a sender can make a batch cost: 1,000 groups took 6 ms.
 */
export const GROUPS_MAX = 1000;

/** Widths that gaps are rounded to, in seconds: the narrowest that needs no more than `GROUPS_MAX` of them. */
const GAP_WIDTHS = [60, 3600, 86_400, 28 * 86_400];

/** In microseconds. */
export const SECOND = 1_000_000n;

/**
 * The statements that add these records to the rollups, each ended by a semicolon; to be run in the transaction that
 * inserts them. Empty where there are none.
 */
export function rollupStatement(records: readonly NewRecord[]): string {
  const groups = groupsOf(records);
  if (groups.size === 0) return '';
  if (groups.size > GROUPS_MAX) return gapStatement(gapsOf(records.map(({ timestamp }) => timestamp)));
  const rows = [...groups.values()].map(
    ({ minute, record: { severityNumber, service, component, environment }, count }) =>
      `(0, '${minute}', ${levelIndex(severityNumber)}, ${text(service)}, ${text(component)}, ${text(environment)}, ${count})`,
  );
  return `insert into log_rollups (step, ts, level, service, component, environment, count) values ${rows.join(', ')};`;
}

const text = (value: string | null): string => (value === null ? 'null' : pg.escapeLiteral(value));

const gapStatement = (gaps: readonly TimeSpan[]): string =>
  `insert into log_rollup_gaps (from_ts, to_ts) values ${gaps.map(({ from, to }) => `('${from}', '${to}')`).join(', ')};`;

interface Group {
  minute: Timestamp;
  /** One of them. */
  record: NewRecord;
  count: number;
}

/** At most one more than `GROUPS_MAX`. */
function groupsOf(records: readonly NewRecord[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const record of records) {
    const minute = `${record.timestamp.slice(0, 16)}:00Z`;
    const key = `${minute}${levelIndex(record.severityNumber)}${record.service}${part(record.component)}${part(record.environment)}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { minute, record, count: 1 });
    if (groups.size > GROUPS_MAX) break;
  }
  return groups;
}

/** Stored text holds no NUL, so no two groups share a key. */
const part = (value: string | null): string => (value === null ? '\0' : `\0=${value}`);

/** Stretches of whole minutes that hold all these times, in order. */
export function gapsOf(timestamps: readonly Timestamp[]): TimeSpan[] {
  const minutes = [...new Set(timestamps.map((timestamp) => timestamp.slice(0, 16)))].sort();
  const micros = minutes.map((minute) => microsOf(`${minute}:00.000000Z`));
  for (const seconds of GAP_WIDTHS) {
    const gaps = stretchesOf(micros, BigInt(seconds) * SECOND);
    if (gaps.length <= GROUPS_MAX) return gaps.map(([from, to]) => ({ from: instant(from), to: instant(to) }));
  }
  return [{ from: instant(micros[0]!), to: instant(micros.at(-1)! + 60n * SECOND) }];
}

/** The multiples of a width that hold these times, neighbours joined. `micros` are in order. */
function stretchesOf(micros: readonly bigint[], width: bigint): [bigint, bigint][] {
  const stretches: [bigint, bigint][] = [];
  for (const at of micros) {
    const start = floorTo(at, width);
    const last = stretches.at(-1);
    if (last && start <= last[1]) last[1] = start + width;
    else stretches.push([start, start + width]);
  }
  return stretches;
}

/** The multiple of `width` at or before a time; before 1970 too. */
export const floorTo = (micros: bigint, width: bigint): bigint => micros - (((micros % width) + width) % width);

const FIRST = '0001-01-01T00:00:00.000000Z';
const LAST = '9999-12-31T23:59:00.000000Z';

/** Held within the years that there are. */
const instant = (micros: bigint): Timestamp => timestampFromMicros(micros) ?? (micros < 0n ? FIRST : LAST);
