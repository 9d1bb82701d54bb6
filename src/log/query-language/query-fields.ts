import type { Field } from '../filter-tree.ts';

/** A field of the search language. */
export interface QueryField {
  /** As the language writes it; see `queryField` for how freely it may be written. */
  name: string;
  field: Field;
  /**
   * How its values are read. `search`: text to be contained. `text`: exact, `eu*` for a prefix, ordered by code point.
   * `number`: ordered. `level`: a level's word, ordered.
   */
  kind: 'search' | 'text' | 'number' | 'level';
  meaning: string;
}

const field = (name: string, kind: QueryField['kind'], meaning: string, column: Field = name as Field): QueryField => ({
  name,
  field: column,
  kind,
  meaning,
});

/** All of them, for help texts and errors. Attributes come beside them as `attributes.<key>`. */
export const QUERY_FIELDS: readonly QueryField[] = [
  field('level', 'level', 'trace, debug, info, warning, error or critical; words like warn and fatal are understood'),
  field('severityNumber', 'number', 'OpenTelemetry severity number, 1 to 24'),
  field('message', 'search', 'the same as the text alone'),
  field('service', 'text', 'which program'),
  field('component', 'text', 'which part of the program: logger, module'),
  field('action', 'text', 'what was being done'),
  field('host', 'text', 'the machine'),
  field('environment', 'text', 'production, staging ...'),
  field('deploymentVersion', 'text', "the program's version"),
  field('correlationId', 'text', 'the chain that the record belongs to'),
  field('traceId', 'text', 'OpenTelemetry trace'),
  field('spanId', 'text', 'OpenTelemetry span'),
  field('pipelineId', 'text', 'the run of a data pipeline'),
  field('userId', 'text', 'for whom it was done'),
  field('durationMs', 'number', 'how long it took, in milliseconds'),
  field('errorType', 'text', 'class or code of the error'),
  field('stackTrace', 'text', 'stackTrace:* for records that have one'),
  field('http.method', 'text', 'GET, POST ...', 'httpMethod'),
  field('http.path', 'text', 'path of the request', 'httpPath'),
  field('http.status', 'number', 'status of the answer', 'httpStatus'),
  field('http.userAgent', 'text', 'the User-Agent header', 'httpUserAgent'),
  field('http.clientIp', 'text', 'address of the client', 'httpClientIp'),
  field('uid', 'text', 'the UUID of one record, in lower case'),
];

/** Letters and digits decide: `traceId`, `trace_id`, `trace.id` and `TRACE-ID` are one name. */
const simplified = (name: string): string => name.replace(/[._-]/g, '').toLowerCase();

const FIELD_OF_NAME = new Map(QUERY_FIELDS.map((known) => [simplified(known.name), known]));

export const queryField = (name: string): QueryField | undefined => FIELD_OF_NAME.get(simplified(name));

/** Names longer than this are like none. */
const NAME_LENGTH_MAX = 40;

/** The field whose name is most like this one: for errors. */
export function nearestField(name: string): string {
  const likeness = (known: QueryField): number => {
    const [wanted, whole] = [simplified(name).slice(0, NAME_LENGTH_MAX), simplified(known.name)];
    const last = simplified(known.name.slice(known.name.lastIndexOf('.') + 1));
    return Math.min(editDistance(wanted, whole), editDistance(wanted, last), ...(whole.startsWith(wanted) ? [1] : []));
  };
  return QUERY_FIELDS.reduce((best, known) => (likeness(known) < likeness(best) ? known : best)).name;
}

/** Levenshtein: letters to insert, delete or replace. */
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
