import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { csvCells, type Formulas } from '../../log/export/csv.ts';
import type { Paint } from '../terminal/colours.ts';
import { jsonLine, printable } from '../terminal/printable.ts';
import { isPlain, jsonOf, textOf } from './cells.ts';

/** How rows are written. Rows come in chunks; each answer is text for stdout. */
export interface RowText {
  /** Rows that `first` wants at least, if there are so many. */
  readonly firstRows: number;
  /** What comes before all rows, and those rows. */
  first(rows: readonly Row[]): string;
  next(rows: readonly Row[]): string;
}

export type Row = readonly DuckDBValue[];

export interface Columns {
  names: readonly string[];
  types: readonly DuckDBType[];
}

/** Columns are as wide as their widest value of so many rows. */
const MEASURED_ROWS = 1000;
/** What is longer is cut in a table. */
const CELL_CHARACTERS_MAX = 100;

export function jsonText({ names, types }: Columns): RowText {
  const keys = names.map(jsonLine);
  const line = (row: Row): string => `{${row.map((value, i) => `${keys[i]}:${jsonOf(value, types[i]!)}`).join(',')}}\n`;
  const lines = (rows: readonly Row[]): string => rows.map(line).join('');
  return { firstRows: 0, first: lines, next: lines };
}

/** On a terminal, no cell commands it. */
export function csvText({ names, types }: Columns, formulas: Formulas, isTerminal: boolean): RowText {
  const line = (row: Row): string =>
    csvCells(
      row.map((value, i) => ({ text: textOf(value, types[i]!), isText: !isPlain(value) })),
      formulas,
    );
  const safe = isTerminal ? (text: string) => `${printable(text.trimEnd())}\n` : (text: string) => text;
  const lines = (rows: readonly Row[]): string => rows.map((row) => safe(line(row))).join('');
  const header = csvCells(
    names.map((text) => ({ text, isText: true })),
    formulas,
  );
  return { firstRows: 0, first: (rows) => safe(header) + lines(rows), next: lines };
}

export function tableText({ names, types }: Columns, paint: Paint): RowText {
  let widths: number[] = [];
  const header = names.map((name) => cut(printable(name)));
  const padded = (cell: string, i: number, isRight: boolean): string =>
    isRight ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!);
  const cellsOf = (row: Row): string[] => row.map((value, i) => cut(printable(textOf(value, types[i]!))));
  const line = (cells: readonly string[], row: Row): string =>
    `${cells
      .map((cell, i) => padded(cell, i, isPlain(row[i]!)))
      .join('  ')
      .trimEnd()}\n`;
  return {
    firstRows: MEASURED_ROWS,
    first(rows) {
      const cells = rows.map(cellsOf);
      widths = header.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]!.length)));
      const isRight = header.map((_, i) => isPlain(rows[0]?.[i] ?? null));
      const head = header
        .map((name, i) => padded(name, i, isRight[i]!))
        .join('  ')
        .trimEnd();
      return `${paint('bold', head)}\n${cells.map((row, i) => line(row, rows[i]!)).join('')}`;
    },
    next: (rows) => rows.map((row) => line(cellsOf(row), row)).join(''),
  };
}

const cut = (text: string): string =>
  text.length > CELL_CHARACTERS_MAX ? `${text.slice(0, CELL_CHARACTERS_MAX - 1)}…` : text;
