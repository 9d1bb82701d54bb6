import { expect } from 'vitest';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { LLM_ROLLUPS, LOG_ROLLUPS, type Rollup } from '../../src/db/rollups/rollup.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';

const TABLES = { log_rollups: 'system_logs', llm_rollups: 'llm_logs' } as const;

/** The rows of a table in the database and in the archive, as one snapshot sees them. */
const readBoth = async <T extends object>(
  tx: Sql,
  table: 'system_logs' | 'llm_logs',
  columns: string,
): Promise<T[]> => {
  const duck = await archiveIn(tx, ALL_TIME);
  const archived = duck ? await duck<T[]>`select ${duck.unsafe(columns)} from ${duck.unsafe(table)}` : [];
  return [...(await tx<T[]>`select ${tx.unsafe(columns)} from ${tx.unsafe(table)}`), ...archived];
};

/** The uids of all records, in order. */
export const uidsOf = (sql: Sql, table: 'system_logs' | 'llm_logs' = 'system_logs'): Promise<string[]> =>
  inSnapshot(sql, async (tx) => (await readBoth<{ uid: string }>(tx, table, 'uid')).map(({ uid }) => uid).sort());

type Row = Record<string, string | number | boolean | null> & { ts: string };

/** Expects the rollups of every step to equal the records and calls, counted one by one. */
export const expectExactRollups = (sql: Sql): Promise<void> =>
  inSnapshot(sql, async (tx) => {
    for (const rollup of [LOG_ROLLUPS, LLM_ROLLUPS]) {
      const columns = [...columnsOf(rollup), ...rollup.groups].join(', ');
      const rows = await readBoth<Row>(tx, TABLES[rollup.name], `ts, ${columns}`);
      for (const seconds of [60, 3600, 86_400]) {
        expect(await toldBy(tx, rollup, seconds), `${rollup.name} ${seconds}`).toEqual(counted(rollup, rows, seconds));
      }
    }
  });

const columnsOf = ({ name }: Rollup): string[] =>
  name === 'log_rollups' ? [] : ['counted', 'has_error', 'input_tokens', 'cost_nano_usd'];

const keyOf = ({ groups }: Rollup, row: Row, start: string): string =>
  JSON.stringify([start, ...groups.map((group) => row[group])]);

const startOf = (ts: string, seconds: number): string =>
  new Date(Math.floor(Date.parse(ts) / 1000 / seconds) * seconds * 1000).toISOString();

async function toldBy(tx: Sql, rollup: Rollup, seconds: number): Promise<Record<string, number[]>> {
  const rows = await tx<Row[]>`
    select ts, ${tx.unsafe([...rollup.groups, ...Object.keys(rollup.sums)].join(', '))}
    from ${tx(rollup.name)} where step in (0, ${seconds}::integer)`;
  const sums = rollup.name === 'log_rollups' ? ['count'] : ['calls', 'errors', 'input_tokens', 'cost_nano_usd'];
  return sumUp(rows.map((row) => [keyOf(rollup, row, startOf(row.ts, seconds)), sums.map((sum) => Number(row[sum]))]));
}

function counted(rollup: Rollup, rows: readonly Row[], seconds: number): Record<string, number[]> {
  const those = rollup.name === 'log_rollups' ? rows : rows.filter((row) => row.counted);
  const sums = (row: Row): number[] =>
    rollup.name === 'log_rollups'
      ? [1]
      : [1, Number(row.has_error), Number(row.input_tokens ?? 0), Number(row.cost_nano_usd ?? 0)];
  return sumUp(those.map((row) => [keyOf(rollup, row, startOf(row.ts, seconds)), sums(row)]));
}

/** By key; without those whose sums are all 0. */
function sumUp(rows: readonly (readonly [string, number[]])[]): Record<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const [key, values] of rows) {
    const sum = sums.get(key);
    sums.set(key, sum ? sum.map((one, n) => one + values[n]!) : values);
  }
  return Object.fromEntries([...sums].filter(([, values]) => values.some((one) => one !== 0)).sort());
}
