import type { Json } from '../json.ts';
import type { Column } from './columns.ts';
import type { ExportedRecord } from './exported-record.ts';

/**
 * What happens to a text that a spreadsheet would run as a formula: `escape` puts a `'` before it, `keep` leaves it as it is. Log
 * text comes from strangers, and a formula can send the cells beside it away.
 */
export const FORMULAS = ['escape', 'keep'] as const;
export type Formulas = (typeof FORMULAS)[number];

const END_OF_LINE = '\r\n';
const QUOTED = /[",\r\n]/;
/** What begins a formula, by OWASP's list: also after white space that a spreadsheet cuts, and in full width. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;

/** Format: RFC 4180. */
export const csvHeader = (columns: readonly Column[]): string =>
  `${columns.map(({ name }) => quoted(name)).join(',')}${END_OF_LINE}`;

export const csvLine = (record: ExportedRecord, columns: readonly Column[], formulas: Formulas): string =>
  `${columns.map(({ read }) => cell(read(record), formulas)).join(',')}${END_OF_LINE}`;

/** No value is an empty cell, an object or a list is JSON. Only text may be a formula: a number is a number. */
function cell(value: Json | undefined, formulas: Formulas): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') {
    return quoted(formulas === 'escape' && FORMULA.test(value) ? `'${value}` : value);
  }
  return typeof value === 'object' ? quoted(JSON.stringify(value)) : String(value);
}

const quoted = (text: string): string => (QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
