import type { FieldRef } from '../../../api/documents.ts';
import { attributeNames } from '../../../state/attribute-names.ts';
import { countedBy } from '../../../text/search-fields.ts';

/** A field whose values are counted at the side. */
export interface CountedField {
  /** As the search language writes it. */
  name: string;
  by: FieldRef;
}

const NAMES = [
  'level',
  'service',
  'component',
  'host',
  'environment',
  'action',
  'deploymentVersion',
  'errorType',
  'userId',
  'correlationId',
  'traceId',
  'pipelineId',
  'llm.model',
  'llm.provider',
  'llm.operation',
];

/** The fields that every log has. */
export const RECORD_FIELDS: readonly CountedField[] = NAMES.map((name) => ({ name, by: countedBy(name)! }));

/** The attributes that are known so far. */
export const attributeFields = (): CountedField[] =>
  [...attributeNames.value].map(([name, path]) => ({ name, by: { attribute: [...path] } }));
