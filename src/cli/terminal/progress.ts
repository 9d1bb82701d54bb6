import { number } from './quantity.ts';

/** Shows how far an import is: records stored, bytes of the file read. */
interface Progress {
  update(records: number, bytes: number): void;
  /** Prints a line of text above the bar. */
  say(line: string): void;
  end(): void;
}

interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const LINE_MS = 5_000;
const BAR_WIDTH = 24;
const CLEAR_LINE = '\r\x1b[2K';

/**
 * A bar on a terminal, a line every few seconds elsewhere. Without a known `bytesTotal` (stdin) there is no bar and no
 * remaining time.
 */
export function createProgress(terminal: Terminal, bytesTotal: number | null, now = () => performance.now()): Progress {
  const startedAt = now();
  const everyMs = terminal.isTTY ? REDRAW_MS : LINE_MS;
  let drawnAt = terminal.isTTY ? -everyMs : startedAt;
  let shown = false;

  const clear = (): void => {
    if (shown) terminal.write(CLEAR_LINE);
    shown = false;
  };
  return {
    update(records, bytes) {
      const at = now();
      if (at - drawnAt < everyMs) return;
      drawnAt = at;
      const text = progressText({ records, bytes, bytesTotal, elapsedMs: at - startedAt });
      if (!terminal.isTTY) {
        terminal.write(`${text}\n`);
        return;
      }
      terminal.write(`${CLEAR_LINE}${text.slice(0, (terminal.columns ?? 80) - 1)}`);
      shown = true;
    },
    say(line) {
      clear();
      terminal.write(`${line}\n`);
    },
    end: clear,
  };
}

interface Standing {
  records: number;
  bytes: number;
  bytesTotal: number | null;
  elapsedMs: number;
}

/** `[########----------------]  33%  1,234,000 records  61,700/s  0:20 left` */
export function progressText({ records, bytes, bytesTotal, elapsedMs }: Standing): string {
  const counts = `${number(records)} records  ${number(ratePerSecond(records, elapsedMs))}/s`;
  if (!bytesTotal) return counts;
  const share = Math.min(bytes / bytesTotal, 1);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const left = share > 0 ? `  ${clock((elapsedMs / share) * (1 - share))} left` : '';
  return `${bar(share)} ${percent}  ${counts}${left}`;
}

/** `[########----------------]`. `share`: 0 to 1. */
export function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`;
}

export const ratePerSecond = (records: number, elapsedMs: number): number =>
  elapsedMs > 0 ? Math.round((records / elapsedMs) * 1000) : 0;

function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
