import { type LogLevel, severityOf } from '../../../log/level.ts';

/** FATAL ends one session, PANIC all of them. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  DEBUG: 'DEBUG',
  DEBUG1: 'DEBUG',
  DEBUG2: 'DEBUG',
  DEBUG3: 'DEBUG',
  DEBUG4: 'DEBUG',
  DEBUG5: 'DEBUG',
  LOG: 'INFO',
  INFO: 'INFO',
  NOTICE: 'INFO',
  WARNING: 'WARNING',
  ERROR: 'ERROR',
  FATAL: 'ERROR',
  PANIC: 'CRITICAL',
};

/** Undefined if the word is no severity of PostgreSQL. */
export const severityOfPostgres = (word: string): number | undefined =>
  Object.hasOwn(LEVELS, word) ? severityOf(LEVELS[word]!) : undefined;

const DURATION = /^duration: (\d{1,12}(?:\.\d{1,6})?) ms\b/;

export const durationOfPostgres = (message: string): number | null => {
  const duration = DURATION.exec(message)?.[1];
  return duration === undefined ? null : Number(duration);
};
