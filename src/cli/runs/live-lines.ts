/** Lines of a terminal that are drawn again and again in the same place. */
interface LiveLines {
  /** `last` is shown below the lines, however many they are. */
  draw(lines: readonly string[], last: string): void;
}

interface Terminal {
  columns?: number;
  rows?: number;
  write(text: string): unknown;
}

const ROWS_DEFAULT = 24;

/**
 * Lines that are too long for the terminal are cut, and lines that are too many are counted: what has left the terminal cannot be
 * drawn again.
 */
export function createLiveLines(terminal: Terminal): LiveLines {
  let drawn = 0;
  return {
    draw(lines, last) {
      // The cursor stands in the row below.
      const shown = [...fitting(lines, Math.max(1, (terminal.rows ?? ROWS_DEFAULT) - 2)), last];
      const up = drawn > 0 ? `\x1b[${drawn}A` : '';
      // Without line wrapping a long line stays one line, whatever colours it has.
      terminal.write(`${up}\r\x1b[J\x1b[?7l${shown.map((line) => `${line}\n`).join('')}\x1b[?7h`);
      drawn = shown.length;
    },
  };
}

const fitting = (lines: readonly string[], rows: number): readonly string[] =>
  lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `... ${lines.length - rows + 1} more`];
