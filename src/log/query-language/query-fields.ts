import { FIELD_NAMES, type FieldName, fieldSpec } from '../fields.ts';
import type { Field } from '../filter-tree.ts';

/** A field of the search language. */
export interface QueryField {
  /** As the language writes it. `queryField` accepts other spellings. */
  name: string;
  field: Field;
  /**
   * How its values are read. `search`: the field contains this text. `text`: exact, or a prefix (`eu*`), ordered by code point.
   * `number`: ordered. `level`: a level's word, ordered.
   */
  kind: 'search' | 'text' | 'number' | 'level';
}

const kindOf = (field: FieldName): QueryField['kind'] =>
  field === 'message' ? 'search' : fieldSpec(field).kind === 'number' ? 'number' : 'text';

/** All fields of the search language, for errors and tests. Attributes come beside them as `attributes.<key>`. */
export const QUERY_FIELDS: readonly QueryField[] = [
  { name: 'level', field: 'level', kind: 'level' },
  ...FIELD_NAMES.flatMap((field) => {
    const name = fieldSpec(field).search;
    return name === undefined ? [] : [{ name, field: field as Field, kind: kindOf(field) }];
  }),
];

/** Only letters and digits count: `traceId`, `trace_id`, `trace.id` and `TRACE-ID` are one name. */
const simplified = (name: string): string => name.replace(/[._-]/g, '').toLowerCase();

const FIELD_OF_NAME = new Map(QUERY_FIELDS.map((known) => [simplified(known.name), known]));

export const queryField = (name: string): QueryField | undefined => FIELD_OF_NAME.get(simplified(name));

/** Only the beginning of a longer name is compared: the cost grows with its length. */
const NAME_LENGTH_MAX = 40;

/** The field with the most similar name, for an error. */
export function nearestField(name: string): string {
  const likeness = (known: QueryField): number => {
    const [wanted, whole] = [simplified(name).slice(0, NAME_LENGTH_MAX), simplified(known.name)];
    const last = simplified(known.name.slice(known.name.lastIndexOf('.') + 1));
    return Math.min(editDistance(wanted, whole), editDistance(wanted, last), ...(whole.startsWith(wanted) ? [1] : []));
  };
  return QUERY_FIELDS.reduce((best, known) => (likeness(known) < likeness(best) ? known : best)).name;
}

/** The Levenshtein distance: how many letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
