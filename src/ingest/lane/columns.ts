import { placeOf } from '../../db/row/row.ts';
import { FIELD_NAMES, type FieldName, fieldSpec } from '../../log/fields.ts';
import { REDACTED_FIELDS } from '../../log/redact/redactor.ts';
import type { Stamp } from '../../log/stamp.ts';

/** A field behind those with which every row begins. */
export interface Column {
  field: Exclude<FieldName, 'uid' | 'timestamp' | 'receivedAt' | 'attributes'>;
  /** Among `FIELD_NAMES`. */
  place: number;
  isNumber: boolean;
  isIndexed: boolean;
  isRedacted: boolean;
}

/** In the order of a row. */
export const ROW_COLUMNS: readonly Column[] = FIELD_NAMES.slice(placeOf('severityNumber') + 1, -1).map((field) => {
  const { kind, indexed = false } = fieldSpec(field);
  return {
    field: field as Column['field'],
    place: placeOf(field),
    isNumber: kind === 'number',
    isIndexed: indexed,
    isRedacted: (REDACTED_FIELDS as readonly string[]).includes(field),
  };
});

/** The fields of which storing needs a string, beside the row. */
export interface Kept {
  service: string | null;
  component: string | null;
  environment: string | null;
  pipelineId: string | null;
}

export const isKept = (field: Column['field']): field is keyof Kept =>
  field === 'service' || field === 'component' || field === 'environment' || field === 'pipelineId';

export const isStamped = (field: Column['field']): field is keyof Stamp =>
  field === 'service' || field === 'environment' || field === 'deploymentVersion';
