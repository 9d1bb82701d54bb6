import { expect, test } from 'vitest';
import { FIELD_NAMES, fieldSpec, fieldsWith, LIST_FIELDS } from '../../../src/log/fields.ts';

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
