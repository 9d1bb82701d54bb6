import { expect, test } from 'vitest';
import { COPY_COLUMNS, copyData } from '../../../src/db/write/copy.ts';
import { FIELD_NAMES, FIELDS, fieldSpec, fieldsWith, LIST_FIELDS } from '../../../src/log/fields.ts';
import type { NewRecord } from '../../../src/log/record.ts';

test('a line of COPY has a record in the order of the table of fields', () => {
  const record = Object.fromEntries(FIELD_NAMES.map((field, i) => [field, valueAt(field, i)])) as unknown as NewRecord;
  const line = Array.from(copyData([record], 7), String)
    .join('')
    .trimEnd()
    .split('\t');
  expect(COPY_COLUMNS.split(', ')).toEqual(['batch_id', 'level', ...FIELD_NAMES.map((field) => FIELDS[field].column)]);
  expect(line).toEqual(['7', '0', ...FIELD_NAMES.map((field, i) => shownInCopy(valueAt(field, i)))]);
});

/** Another value for every field. */
function valueAt(field: (typeof FIELD_NAMES)[number], i: number): unknown {
  if (field === 'severityNumber') return 4;
  const { kind } = fieldSpec(field);
  return kind === 'number' ? 100 + i : kind === 'json' ? { field } : `text of ${field}`;
}

const shownInCopy = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

test('a column, a name in the search language or in the API names one field', () => {
  for (const key of ['column', 'search', 'list', 'facet', 'surrounding', 'http'] as const) {
    const names = FIELD_NAMES.flatMap((field) => fieldSpec(field)[key] ?? []);
    expect(new Set(names).size, key).toBe(names.length);
  }
});

test('only text is indexed, listed, counted or shared with neighbours', () => {
  for (const field of FIELD_NAMES) {
    const { kind, indexed, list, facet, surrounding } = fieldSpec(field);
    if (indexed || list || facet || surrounding) expect(`${field}: ${kind}`).toBe(`${field}: text`);
  }
});

test('fields are found by their properties, in the order of the table', () => {
  expect(fieldsWith({ kind: 'number' })).toEqual(['severityNumber', 'durationMs', 'httpStatus']);
  expect(fieldsWith({ kind: 'number', nullable: true })).toEqual(['durationMs', 'httpStatus']);
  expect(LIST_FIELDS.errorTypes).toBe('errorType');
});
