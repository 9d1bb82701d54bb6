import { FIELD_NAMES, FIELDS, type FieldName } from '../../log/fields.ts';

export type Column = (typeof FIELDS)[FieldName]['column'];

/** The columns of `system_logs` that hold a field of a record unchanged, in the order in which they are written and read. */
export const COLUMNS: readonly Column[] = FIELD_NAMES.map((field) => FIELDS[field].column);

export const columnOf = (field: FieldName): Column => FIELDS[field].column;

/** The list for `select` whose rows have these fields of a `LogRecord`. It goes into a statement as `sql.unsafe(...)`. */
export const selectList = (fields: ReadonlySet<string>): string =>
  FIELD_NAMES.filter((field) => fields.has(field))
    .map((field) => `${columnOf(field)} as "${field}"`)
    .join(', ');

/** The list for `select` whose rows are `LogRecord`s. */
export const RECORD = selectList(new Set(FIELD_NAMES));
