import type { Draft } from '../../src/log/record.ts';
import { detectLayout } from '../../src/log-file/detect-format.ts';
import { createClock } from '../../src/log-file/formats/clock.ts';
import { createLogReader, type LogEntry } from '../../src/log-file/log-reader.ts';

export const NOW = '2026-11-21T12:00:00.000000Z';
export const utcClock = createClock({ timeZone: 'UTC', now: NOW });

/** A log file as the importer reads it. */
export function readLog(lines: readonly string[], clock = utcClock): { format: string; entries: LogEntry[] } {
  const layout = detectLayout(lines.slice(0, 500), clock);
  const reader = createLogReader(layout, clock);
  return { format: layout.name, entries: [...lines.flatMap((line) => reader.push(line)), ...reader.end()] };
}

/** The only record of these lines, without what it does not say. */
export function readOne(format: string, ...lines: string[]): Draft {
  const read = readLog(lines);
  if (read.format !== format || read.entries.length !== 1) {
    throw new Error(`expected one record of ${format}, got ${read.entries.length} of ${read.format}`);
  }
  const { draft } = read.entries[0]!;
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== null && value !== undefined));
}
