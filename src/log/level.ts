/**
 * A record's level: every mapping from how senders say it to the severity number that is stored, and from that to a level.
 */

/** Lowest first. OpenTelemetry severity numbers 1-4, 5-8, 9-12, 13-16, 17-20, 21-24. */
export const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LEVELS)[number];

export const ERROR_SEVERITY = 17;
/** INFO, for a record whose sender names no level. */
export const SEVERITY_DEFAULT = 9;

export const isSeverityNumber = (number: number): boolean => Number.isInteger(number) && number >= 1 && number <= 24;

/** 0 for TRACE to 5 for CRITICAL: the value of `system_logs.level`. */
export const levelIndex = (severityNumber: number): number => (severityNumber - 1) >> 2;

export const levelOf = (severityNumber: number): LogLevel => LEVELS[levelIndex(severityNumber)]!;

/** The lowest severity number of a level. */
export const severityOf = (level: LogLevel): number => LEVELS.indexOf(level) * 4 + 1;

/** The words that logging libraries and log formats use for levels, in upper case. */
const SEVERITY_OF_WORD: Readonly<Record<string, number>> = {
  TRACE: 1,
  FINEST: 1,
  VERBOSE: 1,
  SILLY: 1,
  ALL: 1,
  TRC: 1,
  TRCE: 1,
  TRAC: 1,
  VRB: 1,
  VERB: 1,
  V: 1,
  T: 1,
  TRACE2: 2,
  TRACE3: 3,
  TRACE4: 4,
  DEBUG: 5,
  FINE: 5,
  FINER: 5,
  CONFIG: 5,
  DBG: 5,
  DBUG: 5,
  DEBG: 5,
  DEBU: 5,
  D: 5,
  DEBUG2: 6,
  DEBUG3: 7,
  DEBUG4: 8,
  INFO: 9,
  INFORMATION: 9,
  INFORMATIONAL: 9,
  LOG: 9,
  HTTP: 9,
  INF: 9,
  I: 9,
  INFO2: 10,
  NOTICE: 10,
  SUCCESS: 10,
  N: 10,
  INFO3: 11,
  INFO4: 12,
  WARN: 13,
  WARNING: 13,
  WRN: 13,
  W: 13,
  WARN2: 14,
  WARN3: 15,
  WARN4: 16,
  ERROR: 17,
  ERR: 17,
  SEVERE: 17,
  FAILURE: 17,
  FAIL: 17,
  EROR: 17,
  ERRO: 17,
  E: 17,
  ERROR2: 18,
  ERROR3: 19,
  ERROR4: 20,
  FATAL: 21,
  CRITICAL: 21,
  CRIT: 21,
  FTL: 21,
  FATL: 21,
  FATA: 21,
  DPANIC: 21,
  F: 21,
  C: 21,
  A: 22,
  ALERT: 22,
  FATAL2: 22,
  FATAL3: 23,
  EMERG: 24,
  EMERGENCY: 24,
  PANIC: 24,
  PANI: 24,
  FATAL4: 24,
};

/** The severity number of a level's word in any case. Undefined if the word names no level. */
export const severityOfWord = (word: string): number | undefined => SEVERITY_OF_WORD[word.trim().toUpperCase()];

export function levelOfWord(word: string): LogLevel | undefined {
  const severity = severityOfWord(word);
  return severity === undefined ? undefined : levelOf(severity);
}

/** Apache numbers its trace levels from 1 (rough) to 8 (fine): the other way round than OpenTelemetry. All are TRACE. */
export const severityOfApache = (word: string): number | undefined =>
  severityOfWord(word.replace(/^trace[1-8]$/, 'trace'));

/** Syslog severity 0 (emergency) to 7 (debug), RFC 5424 table 2, as OpenTelemetry maps it. */
export const severityOfSyslog = (severity: number): number | undefined => [24, 22, 21, 17, 13, 10, 9, 5][severity];

/** pino and bunyan: 10, 20 ... 60. A custom level counts as the next lower one of these. */
const severityOfPino = (level: number): number | undefined =>
  level >= 10 && level < 70 ? Math.floor(level / 10 - 1) * 4 + 1 : undefined;

/** For a request whose log says no level. */
export const severityOfHttpStatus = (status: number): number =>
  severityOf(status >= 500 ? 'ERROR' : status >= 400 ? 'WARNING' : 'INFO');

/** Words that name a level where a level is expected, and something else at the head of a line: of Google Cloud, MySQL, MongoDB. */
const SEVERITY_OF_VALUE: Readonly<Record<string, number>> = {
  DEFAULT: SEVERITY_DEFAULT,
  NOTE: 9,
  SYSTEM: 9,
  EXCEPTION: 17,
  DEBUG1: 5,
  DEBUG5: 5,
  D1: 5,
  D2: 5,
  D3: 5,
  D4: 5,
  D5: 5,
};

const DIGITS = /^\s*\d+(\.\d+)?\s*$/;
const LEVEL_CHARACTERS_MAX = 64;
/** What terminals and people put around a level: colours, brackets, a colon. */
const COLOURS = /\u001b\[[0-9;]*m/g;
const AROUND = /^[\s[(<]{1,16}|[\s\])>:]{1,16}$/g;
/** Go's `slog` counts from its nearest level: `ERROR+2`. */
const OFFSET = /^([A-Z]{2,12})([+-]\d{1,4})$/i;

/** A JSON value under a name like `level`: a word, or a number of pino's, which may be text. */
export function severityOfLevelValue(value: unknown): number | undefined {
  if (typeof value === 'number') return severityOfPino(value);
  if (typeof value !== 'string') return undefined;
  return severityOfWord(value) ?? severityOfOtherValue(value);
}

function severityOfOtherValue(value: string): number | undefined {
  if (value.length > LEVEL_CHARACTERS_MAX) return undefined;
  if (DIGITS.test(value)) return severityOfPino(Number(value));
  const word = value.replace(COLOURS, '').replace(AROUND, '').toUpperCase();
  const known = severityOfWord(word) ?? SEVERITY_OF_VALUE[word];
  if (known !== undefined) return known;
  const [, named, offset] = OFFSET.exec(word) ?? [];
  const severity = named === undefined ? undefined : severityOfWord(named);
  return severity === undefined ? undefined : Math.min(24, Math.max(1, severity + Number(offset)));
}

/** Python's `levelno`: 10 (DEBUG) to 50 (CRITICAL). A number between counts as the next lower one. */
export const severityOfPython = (level: number): number | undefined =>
  level >= 5 && level < 60 ? severityOf(LEVELS[Math.floor(level / 10)]!) : undefined;

/** Windows events: 1 (critical) to 5 (verbose). 0 is always written: the security log has it. */
export const severityOfWindows = (level: number): number | undefined => [9, 21, 17, 13, 9, 5][level];

/** `SeverityLevel` of Azure's Application Insights: 0 (verbose) to 4 (critical). */
export const severityOfAzure = (level: number): number | undefined => [5, 9, 13, 17, 21][level];

/** A severity of PostgreSQL: LOG is its INFO, FATAL ends one session, PANIC all of them. */
export const severityOfPostgres = (word: string): number | undefined =>
  word === 'FATAL' ? ERROR_SEVERITY : word === 'PANIC' ? severityOf('CRITICAL') : severityOfLevelValue(word);

/** A JSON value under a name like `priority` of journald: a number of syslog's, which may be text, or a word. */
export function severityOfPriorityValue(value: unknown): number | undefined {
  if (typeof value === 'number') return severityOfSyslog(value);
  if (typeof value !== 'string') return undefined;
  return DIGITS.test(value) ? (severityOfSyslog(Number(value)) ?? severityOfLevelValue(value)) : severityOfWord(value);
}
