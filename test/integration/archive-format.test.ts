import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { createDuckProgram } from '../../src/db/archive/duckdb/client.ts';
import { LOG_COLUMNS } from '../../src/db/archive/duckdb/parquet-columns.ts';

const ROWS = 150_000;
/** Each of three rows. */
const IDS: ReadonlySet<string> = new Set(['correlation_id', 'trace_id', 'user_id']);
const VALUES: Readonly<Record<string, string>> = {
  ts: "timestamptz '2026-11-21T00:00:00Z' + to_milliseconds(i)",
  uid: 'uuid()',
  message: "'message ' || i",
};
const ID = 'md5((i // 30 * 30 + i % 10)::text)';

test('a file has groups of rows in zstd, and Bloom filters of ids', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-archive-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const program = opened.use(createDuckProgram({ folder, tempFolder: join(folder, '.temp') }));
  const instance = await DuckDBInstance.create();
  opened.defer(() => instance.closeSync());
  const connection = await instance.connect();
  opened.defer(() => connection.closeSync());
  const columns = LOG_COLUMNS.map(
    ({ name, type }) => `(${VALUES[name] ?? (IDS.has(name) ? ID : 'null')})::${type} as ${name}`,
  );
  const [part, whole] = [join(folder, 'part.parquet'), join(folder, 'whole.parquet')];
  await connection.run(`copy (select ${columns.join(', ')} from range(${ROWS}) as rows (i)) to '${part}'`);

  const work = { does: 'merge', table: 'system_logs', parts: [part], sort: false, to: whole } as const;
  await program.work(work, new AbortController().signal);

  const read = await connection.runAndReadAll(`
    select path_in_schema as name, row_group_num_rows as rows, compression, encodings, bloom_filter_length > 0 as filter,
      stats_min_value is not null as statistics
    from parquet_metadata('${whole}') where path_in_schema in ('ts', 'message', 'correlation_id', 'trace_id', 'user_id')`);
  const groups = read.getRowObjects();
  // DuckDB writes vectors of 2,048 rows.
  expect([...new Set(groups.map(({ rows }) => Number(rows)))]).toEqual([100_352, 49_648]);
  expect(new Set(groups.map(({ compression }) => compression))).toEqual(new Set(['ZSTD']));
  expect(
    groups
      .filter(({ filter }) => filter)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...IDS, ...IDS].sort());
  expect(groups.every(({ statistics }) => statistics)).toBe(true);
});
