/** Lines of a terminal that are drawn again and again in the same place. */
interface LiveLines {
  draw(lines: readonly string[]): void;
}

interface Terminal {
  columns?: number;
  rows?: number;
  write(text: string): unknown;
}

/** Lines beyond the terminal are cut, or left out: it could not be told where they begin. */
export function createLiveLines(terminal: Terminal): LiveLines {
  let drawn = 0;
  return {
    draw(lines) {
      const shown = lines.slice(0, Math.max(1, (terminal.rows ?? 24) - 1));
      const up = drawn > 0 ? `\x1b[${drawn}A` : '';
      // Without line wrapping a long line stays one line, whatever colours it has.
      terminal.write(`${up}\r\x1b[J\x1b[?7l${shown.map((line) => `${line}\n`).join('')}\x1b[?7h`);
      drawn = shown.length;
    },
  };
}
