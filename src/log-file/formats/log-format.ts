import type { Draft } from '../../log/record.ts';
import type { Clock, Reading } from './clock.ts';

/** How a kind of log file writes its records. */
export interface LogFormat {
  name: string;
  /** The record that begins in this line; undefined where none does. */
  parse(line: string, clock: Clock): Draft | undefined;
  /** Tried where `parse` finds nothing: what a file of this format holds besides. */
  besides?: LogFormat;
  /** Whether a line that begins no record belongs to the record before it; else it is a record of its own. */
  continues(line: string, inTrace: boolean): boolean;
}

export const anyLine = (): boolean => true;
export const noLine = (): boolean => false;

/** For patterns: `20:06:40`, or with a fraction. */
export const TIME = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:\.(?<fraction>\d+))?`;

/** What a pattern finds in a line: a clock's reading, `Name`s that are in every such line, and others. */
export const groupsOf = <Name extends string>(pattern: RegExp, line: string) =>
  pattern.exec(line)?.groups as (Reading & Record<Name, string> & Record<string, string | undefined>) | undefined;

/** `-` is how many formats write nothing. */
export const orNull = (text: string | undefined): string | null => (text === '-' ? null : text) || null;

export const numberOrNull = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;

/** Without the keys that hold nothing. */
export function attributesOf(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}
