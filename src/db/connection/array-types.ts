import { timestampFromPostgres } from '../../log/time.ts';

/**
 * Arrays in statements and rows, as `types` of postgres.js: one dimension, of the element types that Weir uses. postgres.js
 * would ask each new connection for its array types (`fetch_types`), and a connection that is lost at that moment ends the
 * process (porsager/postgres#1192, #1205).
 */
export const ARRAY_TYPES = Object.fromEntries(
  // Type numbers are those of PostgreSQL's pg_type.dat, which never change.
  Object.entries({
    smallint: arrayType(1005, Number),
    integer: arrayType(1007, Number),
    bigint: arrayType(1016, Number),
    double: arrayType(1022, Number),
    text: arrayType(1009, String),
    uuid: arrayType(2951, String),
    timestamptz: arrayType(1185, timestampFromPostgres),
  }).map(([name, type]) => [`${name}[]`, type]),
);

export type Element = string | number | null;

interface ArrayType {
  to: number;
  from: number[];
  serialize(elements: readonly Element[] | string): string;
  parse(text: string): Element[];
}

function arrayType(type: number, parse: (text: string) => Element): ArrayType {
  return { to: type, from: [type], serialize: arrayText, parse: (text) => readArray(text, parse) };
}

/**
 * `{"a","b",NULL}`. A text is an array that is written already: postgres.js gives parameters so to its `debug` hook.
 * Format: PostgreSQL manual, Arrays, "Array Input and Output Syntax".
 */
export function arrayText(elements: readonly Element[] | string): string {
  if (typeof elements === 'string') return elements;
  const texts = elements.map((one) => (one === null ? 'NULL' : `"${String(one).replace(/["\\]/g, '\\$&')}"`));
  return `{${texts.join()}}`;
}

function readArray(text: string, parse: (text: string) => Element): Element[] {
  return Array.from(text.matchAll(/"((?:[^"\\]|\\.)*)"|[^{},]+/gs), ([bare, quoted]) => {
    if (quoted !== undefined) return parse(quoted.replace(/\\(.)/gs, '$1'));
    return bare === 'NULL' ? null : parse(bare);
  });
}
