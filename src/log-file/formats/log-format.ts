import type { Draft } from '../../log/record.ts';
import type { Entry, EntryReader, Made, ReadLine } from '../entries/entry.ts';
import type { Clock, Reading } from './clock.ts';

/** How a kind of log file writes its records, line by line. */
export interface LogFormat {
  name: string;
  /** The record that begins in this line. Undefined if none does. */
  parse(line: string, clock: Clock): Draft | undefined;
  /** Reads other lines that files of this format have. A file whose lines these two read is of this format. */
  besides?: LogFormat;
  /** Whether one line is enough to know the format, if its pattern also fits lines of others. Then most lines of a file must fit. */
  isSure?(draft: Draft): boolean;
  /**
   * Whether a line that begins no record belongs to the record before it. Otherwise it is a record of its own.
   * @param isOfTrace the line goes on with, or begins, a stack trace
   */
  continues(line: string, isOfTrace: boolean): boolean;
  /** Reads one file, of a format whose lines depend on lines before them. Without it, the format itself reads every file. */
  inFile?(): LogFormat;
  /** Whether the line tells of the file, such as the names of its columns. It is part of no record. Asked first. */
  isHead?(line: string): boolean;
  /** Adds to the record before it what the line says of that record. False if it says nothing of it. Asked before `parse`. */
  adds?(line: string, draft: Draft): boolean;
  /**
   * Matches the first character of every line that `parse` may read: `/[\d[]/`. Other lines are not tried, which saves time where
   * the format is one of many. Without it, every line is tried.
   */
  first?: RegExp;
}

/** How the body of a request holds its records. */
export interface BodyReader {
  /**
   * A reader for a body that begins with this text. `isWhole`: the text is all of the body. It reads chunks as they arrive.
   * `readLine` makes the records of lines of NDJSON, if it can.
   */
  readerFor<M extends Made = never>(begin: string, isWhole: boolean, readLine?: ReadLine<M>): EntryReader<Entry | M>;
}

export interface BodyFormat extends BodyReader {
  name: string;
  /** In lower case. */
  contentTypes: readonly string[];
}

export const anyLine = (): boolean => true;
export const noLine = (): boolean => false;

/** For `isSure`: a name with dots is no word of a message. */
export const hasDottedName = ({ component }: Draft): boolean => /\w\.\w/.test(component ?? '');

/** For patterns: `20:06:40`, or with a fraction. */
export const TIME = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:\.(?<fraction>\d+))?`;

/** The groups of a pattern in a line: a clock's reading, `Name`s that every match has, and others. */
export const groupsOf = <Name extends string>(pattern: RegExp, line: string) =>
  pattern.exec(line)?.groups as (Reading & Record<Name, string> & Record<string, string | undefined>) | undefined;

/** Many formats write `-` for a missing value. */
export const orNull = (text: string | undefined): string | null => (text === '-' ? null : text) || null;

export const numberOrNull = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;

/** The values without those that are missing. */
export function attributesOf(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}
