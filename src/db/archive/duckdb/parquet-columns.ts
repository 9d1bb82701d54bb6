import { FIELD_NAMES, FIELDS, fieldSpec } from '../../../log/fields.ts';
import { LLM_FIELD_NAMES, LLM_FIELDS, llmFieldSpec } from '../../../log/llm-fields.ts';

/** A column of a file of the archive, and its type in DuckDB. Its name is that of the column in PostgreSQL. */
export interface DuckColumn {
  name: string;
  type: string;
}

const TYPES = { time: 'timestamptz', uid: 'uuid', text: 'varchar', number: 'double', json: 'json' } as const;
const LLM_TYPES = { text: 'varchar', number: 'bigint', flag: 'boolean', texts: 'varchar[]', json: 'json' } as const;
const KEY: readonly DuckColumn[] = [
  { name: 'ts', type: 'timestamptz' },
  { name: 'uid', type: 'uuid' },
  { name: 'batch_id', type: 'bigint' },
];
const OTHER_NUMBERS: Readonly<Record<string, string>> = { severity_number: 'smallint', http_status: 'integer' };

/** Of the files of kind `logs`. The key comes first. */
export const LOG_COLUMNS: readonly DuckColumn[] = [
  ...KEY,
  { name: 'level', type: 'smallint' },
  ...FIELD_NAMES.map((field) => ({
    name: FIELDS[field].column,
    type: OTHER_NUMBERS[FIELDS[field].column] ?? TYPES[fieldSpec(field).kind],
  })).filter(({ name }) => name !== 'ts' && name !== 'uid'),
];

/** Of the files of kind `llm`. */
export const CALL_COLUMNS: readonly DuckColumn[] = [
  ...KEY,
  ...LLM_FIELD_NAMES.map((field) => ({
    name: LLM_FIELDS[field].column,
    type: field === 'timeToFirstTokenMs' ? 'double' : LLM_TYPES[llmFieldSpec(field).kind],
  })),
  ...['service', 'component', 'environment', 'user_id', 'correlation_id', 'pipeline_id'].map((name) => ({
    name,
    type: 'varchar',
  })),
  { name: 'duration_ms', type: 'double' },
  { name: 'has_error', type: 'boolean' },
];

export const COLUMNS_OF = { system_logs: LOG_COLUMNS, llm_logs: CALL_COLUMNS } as const;

/** As what a column is written in the CSV that PostgreSQL makes for DuckDB. */
export const csvColumn = ({ name, type }: DuckColumn): string =>
  type === 'varchar[]' ? `array_to_json(${name})` : name;

/** The value of a column of that CSV, where all columns are text. */
export const fromCsv = ({ name, type }: DuckColumn): string =>
  type === 'varchar[]' ? `from_json(${name}, '["VARCHAR"]') as ${name}` : `${name}::${type} as ${name}`;
