import { globSync } from 'node:fs';
import { join } from 'node:path';
import { BadUserInput } from '../../../errors.ts';
import { filesOf } from '../duckdb/file-statements.ts';
import type { LocalDuckDb } from '../duckdb/local-duckdb.ts';
import { COLUMNS_OF, type DuckColumn } from '../duckdb/parquet-columns.ts';
import { ARCHIVED_TABLES, type ArchivedTable } from '../duckdb/protocol.ts';
import { literal } from '../duckdb/views.ts';

const PATTERNS = { system_logs: 'logs/day=*/*.parquet', llm_logs: 'llm/day=*/*.parquet' } as const;
/** What the database does not accept as null. */
const REQUIRED = {
  system_logs: ['ts', 'uid', 'received_at', 'level', 'severity_number', 'message', 'service', 'attributes'],
  llm_logs: ['ts', 'uid', 'counted', 'finish_reasons', 'service', 'has_error'],
} as const;
/** Other rules of a stored row, each with the column that breaks it. */
const RULES: Readonly<Record<ArchivedTable, readonly (readonly [column: string, rule: string, expected: string])[]>> = {
  system_logs: [
    [
      'ts',
      `ts >= timestamptz '0001-01-01' and ts < timestamptz '9999-12-31 23:59:59.999999'`,
      'a time of the years 1 to 9999',
    ],
    ['level', 'level between 0 and 5', 'a level from 0 to 5'],
    ['severity_number', 'severity_number between 1 and 24', 'a number from 1 to 24'],
    ['attributes', `json_type(attributes) = 'OBJECT'`, 'a JSON object'],
  ],
  llm_logs: [['cost_source', `coalesce(cost_source, 'SENDER') in ('SENDER', 'PRICE_LIST')`, 'SENDER or PRICE_LIST']],
};

/** Makes the views `incoming_system_logs` and `incoming_llm_logs`. Resolves to the number of records. @throws BadUserInput */
export async function openIncoming(duckDb: LocalDuckDb, folder: string): Promise<number> {
  for (const table of ARCHIVED_TABLES) {
    const paths = globSync(PATTERNS[table], { cwd: folder }).sort();
    if (table === 'system_logs' && paths.length === 0) {
      throw new BadUserInput(`expected files ${PATTERNS[table]} in ${folder}, found none`);
    }
    for (const path of paths) await expectColumns(duckDb, folder, path, table);
    await duckDb.run(
      `create view incoming_${table} as ${incoming(
        table,
        paths.map((path) => join(folder, path)),
      )}`,
    );
    if (paths.length > 0) await expectRows(duckDb, folder, table);
  }
  const { rows } = await duckDb.row<{ rows: number }>('select count(*) as rows from incoming_system_logs');
  return rows;
}

/** A batch id of another server means nothing here. */
const columnSql = ({ name, type }: DuckColumn): string => (name === 'batch_id' ? `0::${type} as ${name}` : name);

const incoming = (table: ArchivedTable, paths: readonly string[]): string =>
  paths.length === 0
    ? `select ${COLUMNS_OF[table].map(({ name, type }) => `null::${type} as ${name}`).join(', ')}, '' as filename where false`
    : `select ${COLUMNS_OF[table].map(columnSql).join(', ')}, filename
       from read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false, filename = true)`;

async function expectColumns(duckDb: LocalDuckDb, folder: string, path: string, table: ArchivedTable): Promise<void> {
  const file = filesOf([join(folder, path)]);
  const found = new Map<string, string>();
  try {
    for await (const rows of duckDb.chunks<{ name: string; type: string }>(
      `select column_name as name, column_type as type from (describe select * from ${file})`,
    )) {
      for (const { name, type } of rows) found.set(name, type);
    }
  } catch (error) {
    throw new BadUserInput(`${path}: expected a Parquet file: ${(error as Error).message}`, { cause: error });
  }
  for (const { name, type } of COLUMNS_OF[table]) {
    const expected = TYPE_NAMES[type] ?? type.toUpperCase();
    if (found.get(name) === expected) continue;
    throw new BadUserInput(
      `${path}: expected a column ${name} of type ${expected}, found ${found.has(name) ? `type ${found.get(name)}` : 'none'}`,
    );
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = { timestamptz: 'TIMESTAMP WITH TIME ZONE' };

async function expectRows(duckDb: LocalDuckDb, folder: string, table: ArchivedTable): Promise<void> {
  const rules = [...REQUIRED[table].map((name) => [name, `${name} is not null`, 'a value'] as const), ...RULES[table]];
  const broken = rules.map(([, rule], i) => `when not coalesce(${rule}, false) then ${i}`);
  for await (const rows of duckDb.chunks<{ filename: string; rule: number }>(`
    select filename, rule from (select filename, case ${broken.join(' ')} end as rule from incoming_${table})
    where rule is not null limit 1`)) {
    const { filename, rule } = rows[0]!;
    const [column, , expected] = rules[rule]!;
    throw new BadUserInput(
      `${filename.slice(folder.length + 1)}: expected ${expected} in each row of column ${column}, found another one`,
    );
  }
}
