import { FIELD_NAMES, FIELDS, type FieldName, fieldSpec } from '../fields.ts';
import type { Field } from '../filter-tree.ts';
import { KNOWN_LABELS } from '../label-names.ts';
import type { LEVELS } from '../level.ts';

/** The paths at which an attribute may stand, the first one that has a value counts. */
type Paths = readonly (readonly string[])[];

/** Where a record has the value of a label. */
export type Label = { name: string } & (
  | { kind: 'level' }
  | { kind: 'field'; field: Exclude<Field, 'level'> }
  | { kind: 'attribute'; paths: Paths }
  /** Another name of a field. A record that was pushed with several of them keeps the others as attributes, which win. */
  | { kind: 'alias'; paths: Paths; field: Field }
  /** Names of Loki itself, such as `__error__`: no record has them. */
  | { kind: 'none' }
);

/** The labels of a stream. All others are structured metadata. */
export const STREAM_LABELS: readonly string[] = ['service_name', 'component', 'environment', 'host', 'level'];

/** Loki's words for levels, lowest first. */
export const LEVEL_WORDS = ['trace', 'debug', 'info', 'warn', 'error', 'critical'] as const satisfies {
  length: (typeof LEVELS)['length'];
};

const FIELD_OF_COLUMN: ReadonlyMap<string, FieldName> = new Map(
  FIELD_NAMES.filter((field) => ['text', 'number', 'uid'].includes(fieldSpec(field).kind)).map((field) => [
    FIELDS[field].column,
    field,
  ]),
);
/** Names that always mean the field, so that rollups count it. */
const FIELD_OF_NAME: ReadonlyMap<string, FieldName> = new Map([
  ...FIELD_OF_COLUMN,
  ['service_name', 'service'],
  ['duration', 'durationMs'],
]);
const LEVEL_NAMES: readonly string[] = ['level', 'detected_level'];

/** The characters that names have in a query. */
export const isLabelName = (text: string): boolean => text.length <= NAME_LENGTH_MAX && /^[a-zA-Z_][\w:.]*$/.test(text);

/** Keys of attributes are shorter. */
const NAME_LENGTH_MAX = 1024;

export function labelOf(name: string): Label {
  if (name.startsWith('__')) return { name, kind: 'none' };
  if (LEVEL_NAMES.includes(name)) return { name, kind: 'level' };
  const field = FIELD_OF_NAME.get(name);
  if (field !== undefined) return { name, kind: 'field', field: field as Exclude<Field, 'level'> };
  const known = KNOWN_LABELS.get(name);
  return known
    ? { name, kind: 'alias', paths: [[name]], field: fieldOfDraft(known.field) }
    : { name, kind: 'attribute', paths: pathsOf(name) };
}

/** `field`: a name of `draftFromJson`. */
const fieldOfDraft = (field: string): Field => (FIELD_OF_COLUMN.get(field) ?? 'level') as Field;

/** A name with more underscores is the key of an attribute as it stands. */
const UNDERSCORES_MAX = 6;

/**
 * A label has underscores where the key of an attribute has dots or dashes, or where an object is in another one:
 * `http_response_status_code` is `http.response.status_code`. Dots may stand for the first underscores, or for the last ones.
 */
export function pathsOf(name: string): Paths {
  const words = name.split('_');
  if (words.length === 1 || words.length > UNDERSCORES_MAX + 1 || words.includes('')) return [[name]];
  const dotted = new Set<string>();
  for (let dots = words.length - 1; dots > 0; dots--) {
    dotted.add([...words.slice(0, dots), words.slice(dots).join('_')].join('.'));
    dotted.add([words.slice(0, -dots).join('_'), ...words.slice(-dots)].join('.'));
  }
  return [
    [name],
    ...Array.from(dotted, (key) => [key]),
    ...Array.from(dotted, (key) => key.split('.')),
    [words.join('-')],
  ];
}

/** The name of the label for the key of an attribute, or for a path of keys. */
export const labelName = (path: readonly string[]): string =>
  path
    .join('_')
    .replace(/[^a-zA-Z0-9_]/g, '_')
    .replace(/^(?=\d)/, '_');
