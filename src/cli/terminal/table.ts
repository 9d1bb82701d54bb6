import type { Paint } from './colours.ts';

/** Columns with a space of two. The first stands left, the others right, as numbers do. The cells are printable. */
export function tableText(header: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [paint('bold', line(header)), ...rows.map(line)].join('\n');
}
