import { FIELD_NAMES, FIELDS, type FieldName } from '../../log/fields.ts';
import { LLM_FIELD_NAMES, LLM_FIELDS } from '../../log/llm-fields.ts';

export type Column = (typeof FIELDS)[FieldName]['column'];

/** The columns of `system_logs` that hold a field of a record unchanged, in the order in which they are written and read. */
export const COLUMNS: readonly Column[] = FIELD_NAMES.map((field) => FIELDS[field].column);

export const columnOf = (field: FieldName): Column => FIELDS[field].column;

/** The list for `select` whose rows have these fields of a `LogRecord`. It goes into a statement as `sql.unsafe(...)`. */
export const selectList = (fields: ReadonlySet<string>): string =>
  FIELD_NAMES.filter((field) => fields.has(field))
    .map((field) => `${columnOf(field)} as "${field}"`)
    .join(', ');

/** The list for `select` from `system_logs` whose rows are `LogRecord`s without `llm`, which is read apart. */
export const RECORD = selectList(new Set(FIELD_NAMES));

/** The list for `select` from `llm_logs` whose rows are `LlmCall`s. */
export const LLM_CALL = LLM_FIELD_NAMES.map((field) => `${LLM_FIELDS[field].column} as "${field}"`).join(', ');
