import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { COLUMNS_OF } from '../../src/db/archive/duckdb/parquet-columns.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { insert, record } from '../support/records.ts';
import { remove, temporaryFolder } from '../support/server.ts';

const TEXT = readFileSync('docs/archive.md', 'utf8');

test('docs/archive.md names each column of the files, in their order and with its type', () => {
  for (const [heading, table] of [
    ['column of `logs`', 'system_logs'],
    ['column of `llm`', 'llm_logs'],
  ] as const) {
    const from = TEXT.indexOf(`| ${heading} |`);
    const rows = TEXT.slice(from, TEXT.indexOf('\n\n', from)).split('\n').slice(2);
    const named = rows.flatMap((row) => {
      const [, columns, type] = row.split('|').map((cell) => cell.trim());
      return Array.from(columns!.matchAll(/`(\w+)`/g), ([, name]) => ({ name, type }));
    });
    const types = new Map(COLUMNS_OF[table].map(({ name, type }) => [name, type]));
    expect(named.map(({ name }) => name)).toEqual([...types.keys()]);
    expect(named.filter(({ name, type }) => type !== 'as above' && types.get(name!) !== type)).toEqual([]);
  }
});

test('the statement for DuckDB runs as it stands', async () => {
  const [, sql] = /### DuckDB\n\n```sql\n([\s\S]*?)```/.exec(TEXT)!;
  await using archived = await createArchivedDatabase();
  await insert(archived.sql, [record({ service: 'a' }), record({ service: 'a' }), record({ service: 'b' })]);
  await insert(archived.sql, [record({ timestamp: '2026-11-22T10:00:00.000000Z' })]);
  await archived.archivePartitions();
  const folder = await temporaryFolder();
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    await cp(archived.folder, join(folder, 'archive'), { recursive: true });
    await connection.run(`set file_search_path = '${folder}'`);
    const reader = await connection.runAndReadAll(sql!);
    expect(reader.columnNames()).toEqual(['service', 'records']);
    expect(reader.getRowsJson()).toEqual([
      ['a', '2'],
      ['b', '1'],
    ]);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await remove(folder);
  }
});
