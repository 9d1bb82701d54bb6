import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { createDuckProgram } from '../../src/db/archive/duckdb/client.ts';
import { LOG_COLUMNS } from '../../src/db/archive/duckdb/parquet-columns.ts';

/** Each of three rows. */
const IDS: ReadonlySet<string> = new Set(['correlation_id', 'trace_id', 'user_id']);
const VALUES: Readonly<Record<string, string>> = {
  ts: "timestamptz '2026-11-21T00:00:00Z' + to_milliseconds(i)",
  uid: 'uuid()',
  message: "'message ' || i",
};
const ID = 'md5((i // 30 * 30 + i % 10)::text)';

test.each([
  // DuckDB writes vectors of 2,048 rows.
  { rows: 150_000, groups: [75_776, 74_224] },
  { rows: 20_000, groups: [20_000] },
])('a file of $rows rows has groups in zstd, and Bloom filters of ids', async ({ rows, groups }) => {
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
  await connection.run(`copy (select ${columns.join(', ')} from range(${rows}) as rows (i)) to '${part}'`);

  const work = { does: 'merge', table: 'system_logs', parts: [part], rows, sort: false, to: whole } as const;
  await program.work(work, new AbortController().signal);

  const read = await connection.runAndReadAll(`
    select path_in_schema as name, row_group_num_rows as rows, compression, encodings, bloom_filter_length > 0 as filter,
      stats_min_value is not null as statistics
    from parquet_metadata('${whole}') where path_in_schema in ('ts', 'message', 'correlation_id', 'trace_id', 'user_id')`);
  const chunks = read.getRowObjects();
  expect([...new Set(chunks.map((chunk) => Number(chunk.rows)))]).toEqual(groups);
  expect(new Set(chunks.map(({ compression }) => compression))).toEqual(new Set(['ZSTD']));
  expect(
    chunks
      .filter(({ filter }) => filter)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(groups.flatMap(() => [...IDS]).sort());
  expect(chunks.every(({ statistics }) => statistics)).toBe(true);
});
