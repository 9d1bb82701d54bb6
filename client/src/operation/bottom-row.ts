import { readFileSync, writeSync } from 'node:fs';
import type { WriteStream } from 'node:tty';

/** The last row of a terminal, kept apart from all that programs print: they scroll in the rows above it. */
export interface BottomRow {
  columns(): number;
  show(text: string): void;
  /** Gives the row back to the terminal, and leaves a line behind. */
  close(line: string): void;
}

const ROWS_MIN = 3;
const ROWS_DEFAULT = 24;
const COLUMNS_DEFAULT = 80;
const [SAVE_CURSOR, RESTORE_CURSOR, ROW_UP, CLEAR_LINE] = ['\x1b7', '\x1b8', '\x1b[1A', '\x1b[2K'];
const scrollIn = (rows: number): string => `\x1b[1;${rows}r`;
const SCROLL_ALL = '\x1b[r';
const toRow = (row: number): string => `\x1b[${row};1H`;

/**
 * Log lines come from other threads and processes too, so they cannot be intercepted. The terminal keeps them apart: lines
 * scroll in a region that leaves the last row out. Each write is one piece, so no line comes between its parts.
 */
export function createBottomRow(stream: WriteStream & { fd: number }): BottomRow {
  let reservedOf = 0;

  function write(text: string): void {
    try {
      writeSync(stream.fd, text);
    } catch {
      // The terminal is full or has gone: the next progress is tried again.
    }
  }

  function reserve(rows: number): void {
    // The new line moves what stands in the last row up.
    write(`\n${SAVE_CURSOR}${scrollIn(rows - 1)}${RESTORE_CURSOR}${ROW_UP}`);
    reservedOf = rows;
  }

  function close(): void {
    if (reservedOf === 0) return;
    write(`${SAVE_CURSOR}${SCROLL_ALL}${toRow(reservedOf)}${CLEAR_LINE}${RESTORE_CURSOR}`);
    reservedOf = 0;
  }

  process.on('exit', close);
  return {
    columns: () => stream.columns || COLUMNS_DEFAULT,
    show(text) {
      const rows = stream.rows || ROWS_DEFAULT;
      if (rows < ROWS_MIN || !isForeground()) return;
      if (rows !== reservedOf) reserve(rows);
      write(`${SAVE_CURSOR}${toRow(rows)}${CLEAR_LINE}${text}${RESTORE_CURSOR}`);
    },
    close(line) {
      process.off('exit', close);
      close();
      write(`${line}\n`);
    },
  };
}

/** Where the process group of the terminal's foreground, and that of this process, stand in `/proc/self/stat`. */
const [GROUP, TERMINAL_GROUP] = [2, 5];

/** Whether the terminal is this process's to write on: `node script.js &` leaves it to the shell. Known on Linux only. */
function isForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // The name of the program stands in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[GROUP] === fields[TERMINAL_GROUP];
  } catch {
    return true;
  }
}
