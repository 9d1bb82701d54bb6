import { FIELD_NAMES, type FieldName, fieldSpec } from '../fields.ts';
import {
  EVERYTHING,
  type Field,
  type Filter,
  fieldTest,
  HAS_LLM_CALL,
  llmTest,
  messageContains,
  type Test,
  textContains,
} from '../filter-tree.ts';
import { LLM_FIELD_LIST, LLM_TESTED, type LlmField, llmKind } from '../llm-fields.ts';
import { LLM_NAMES } from '../llm-sender-names.ts';
import { SENDER_NAMES } from '../sender-names.ts';

/** A field of the search language. */
export interface QueryField {
  /** As the language writes it. `queryField` accepts other spellings. */
  name: string;
  /**
   * How its values are read. `search`: the field contains this text. `text`: exact, a prefix (`eu*`), or contained (`*eu*`),
   * ordered by code point. `number`: ordered. `duration`: milliseconds, or with a unit, ordered. `level`: a level's word, ordered.
   * `flag`: true or false. `part`: a part of a record, which can only be there or not.
   */
  kind: 'search' | 'text' | 'number' | 'duration' | 'level' | 'flag' | 'part';
  /** It may have several values. One of them must pass all tests of a range. */
  several?: true;
  tested: (test: Test) => Filter;
}

const fieldOf = (name: string, field: Field, kind: QueryField['kind']): QueryField => ({
  name,
  kind,
  tested: (test) => fieldTest(field, test),
});

const searched = (name: string, contains: (text: string) => Filter): QueryField => ({
  name,
  kind: 'search',
  // Every record has a message, so every record has a text.
  tested: (test) => (test.op === 'contains' ? contains(test.value as string) : EVERYTHING),
});

const LEVEL = fieldOf('level', 'level', 'level');

function queryFieldOf(field: FieldName): QueryField[] {
  const name = fieldSpec(field).search;
  if (name === undefined) return [];
  if (field === 'message') return [searched(name, messageContains)];
  const kind = field === 'durationMs' ? 'duration' : fieldSpec(field).kind === 'number' ? 'number' : 'text';
  return [fieldOf(name, field as Field, kind)];
}

function llmFieldOf(field: LlmField): QueryField {
  const kind = llmKind(field);
  return {
    name: `llm.${field}`,
    kind: field === 'timeToFirstTokenMs' ? 'duration' : kind === 'number' || kind === 'flag' ? kind : 'text',
    ...((kind === 'texts' || LLM_TESTED[field].length > 1) && { several: true }),
    tested: (test) => llmTest(field, test),
  };
}

const LLM: QueryField = { name: 'llm', kind: 'part', tested: () => HAS_LLM_CALL };

/** All fields of the search language, for errors and tests. Attributes come beside them as `attributes.<key>`. */
export const QUERY_FIELDS: readonly QueryField[] = [
  LEVEL,
  searched('text', textContains),
  ...FIELD_NAMES.flatMap(queryFieldOf),
  LLM,
  ...LLM_FIELD_LIST.map(llmFieldOf),
];

/** Only letters and digits count: `traceId`, `trace_id`, `trace.id` and `TRACE-ID` are one name. */
const simplified = (name: string): string => name.replace(/[._-]/g, '').toLowerCase();

const FIELD_OF_NAME = new Map(QUERY_FIELDS.map((known) => [simplified(known.name), known]));

/**
 * The fields by the names of `/ingest`. Without the names that mean a field only if the value has several lines: `error:x` is
 * text. The level stands for both of its forms, because people write its words.
 */
const FIELD_OF_ALIAS = new Map([
  ...LLM_NAMES.filter(({ as }) => as === undefined)
    .flatMap(({ slot, names }) => {
      const field = LLM_FIELD_LIST.find((one) => one !== 'model' && (one === slot || LLM_TESTED[one][0] === slot));
      return field ? names.split(' ').map((name) => [simplified(name), llmFieldOf(field)] as const) : [];
    })
    .reverse(),
  ...SENDER_NAMES.filter(({ as }) => as !== 'lines')
    .flatMap(({ field, as, names }) => {
      const known = field === 'severityNumber' && as !== undefined ? [LEVEL] : queryFieldOf(field);
      return names.split(' ').flatMap((name) => known.map((one) => [simplified(name), one] as const));
    })
    // The first, most reliable name wins.
    .reverse(),
]);

export const queryField = (name: string): QueryField | undefined => FIELD_OF_NAME.get(simplified(name));

/** The field that `/ingest` would store a value under this name in. */
export const fieldOfAlias = (name: string): QueryField | undefined => FIELD_OF_ALIAS.get(simplified(name));

/** The edits that still make a near miss, by the length of the name: the first that is long enough counts. */
const EDITS_MAX = [
  { length: 7, edits: 2 },
  { length: 5, edits: 1 },
];
/** A longer name is no near miss. It bounds the cost of the comparison. */
const NAME_LENGTH_MAX = 40;

/** The field that this name probably means, if it is only a little misspelled. */
export function nearField(name: string): string | undefined {
  const written = simplified(name);
  const edits = EDITS_MAX.find(({ length }) => written.length >= length)?.edits;
  if (edits === undefined || written.length > NAME_LENGTH_MAX) return undefined;
  return QUERY_FIELDS.find((known) => editDistance(written, simplified(known.name)) <= edits)?.name;
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
