import type { Json } from '../json.ts';
import type { Column } from './columns.ts';
import type { ExportedRecord } from './exported-record.ts';

/**
 * What happens to a text that a spreadsheet would run as a formula: `escape` puts a `'` before each formula, `keep` leaves it as it
 * is. Log text comes from strangers, and a formula can send the cells beside it away.
 */
export const FORMULAS = ['escape', 'keep'] as const;
export type Formulas = (typeof FORMULAS)[number];

const END_OF_LINE = '\r\n';
const QUOTED = /[",;\t\r\n]/;
/**
 * Where a formula begins, by OWASP's list, "CSV Injection": also after white space and quotes, and in full width. A spreadsheet that
 * splits at `;` or tabs does not heed our quotes, so a cell or row begins after these and after line breaks too. The white space
 * has none of these: a long run of them is read once.
 */
const FORMULA = /(^|[;\t\r\n])(?=(?:[^\S\t\r\n]|["'])*[=+\-@＝＋－＠])/g;
/** Begins a cell of some spreadsheets, by the same list. */
const LEADING_BREAK = /^[\t\r\n]/;

/** Format: RFC 4180. */
export const csvHeader = (columns: readonly Column[], formulas: Formulas): string =>
  `${columns.map(({ name }) => textCell(name, formulas)).join(',')}${END_OF_LINE}`;

export const csvLine = (record: ExportedRecord, columns: readonly Column[], formulas: Formulas): string =>
  `${columns.map(({ read }) => cell(read(record), formulas)).join(',')}${END_OF_LINE}`;

/** A line of cells that are text already. Those that are not `isText` are numbers. */
export const csvCells = (cells: readonly { text: string; isText: boolean }[], formulas: Formulas): string =>
  `${cells.map(({ text, isText }) => (isText ? textCell(text, formulas) : text)).join(',')}${END_OF_LINE}`;

/** No value is an empty cell, an object or a list is JSON. A number is a number, never a formula. */
function cell(value: Json | undefined, formulas: Formulas): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return textCell(value, formulas);
  return typeof value === 'object' ? textCell(JSON.stringify(value), formulas) : String(value);
}

const textCell = (text: string, formulas: Formulas): string => quoted(formulas === 'escape' ? escaped(text) : text);

function escaped(text: string): string {
  const found = text.replace(FORMULA, "$1'");
  return LEADING_BREAK.test(found) ? `'${found}` : found;
}

const quoted = (text: string): string => (QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
