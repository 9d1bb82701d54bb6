import { type Command, InvalidArgumentError, Option } from 'commander';
import { BadUserInput } from '../errors.ts';
import { parseDuration } from '../log/duration.ts';
import type { LogFilterInput } from '../log/filter/filter.ts';
import { LEVELS, type LogLevel, levelOfWord } from '../log/level.ts';
import { quotedText } from '../log/query-language/query-scanner.ts';
import { parseTimestamp, type Timestamp } from '../log/time.ts';
import { useKey } from './client/credentials.ts';

export const DEFAULT_URL = 'http://127.0.0.1:4000';

export interface UrlOption {
  url: string;
  key?: string;
}

export interface FilterOptions {
  service?: string[];
  component?: string[];
  correlation?: string[];
  minLevel?: LogLevel;
}

export interface TimeOptions {
  last?: string;
  from?: string;
  to?: string;
}

/** The options that say which server, and with which API key. */
export const withUrl = (command: Command): Command =>
  command
    .addOption(new Option('-u, --url <url>', 'the server').env('WEIR_URL').default(DEFAULT_URL))
    .addOption(new Option('--key <key>', 'the API key; other users of the machine see arguments').env('WEIR_API_KEY'))
    .hook('preAction', (_, action) => useKey(action.opts<UrlOption>().key));

/** The options that choose records. SEARCH is an argument of the commands that have one. */
export const withFilter = (command: Command): Command =>
  command
    .option('-s, --service <name>', 'only this service (may be repeated)', collect)
    .option('-c, --component <name>', 'only this component (may be repeated)', collect)
    .option('-l, --min-level <level>', `this level or above: ${LEVELS.join(', ').toLowerCase()}`, asLevel)
    .option('--correlation <id>', 'only this correlation id (may be repeated)', collect);

/** The options that choose a time. `otherwise`: the duration without them; none: all times. */
export const withTime = (command: Command, otherwise?: string): Command =>
  command
    .addOption(
      new Option(
        '--last <duration>',
        `only this duration until now, like 15m, 24h, 7d${otherwise === undefined ? '' : ` (default: ${otherwise})`}`,
      )
        .argParser(asDuration)
        .conflicts('from'),
    )
    .option('--from <time>', 'at or after this time, like 2026-11-21T20:06:40Z', asTimestamp)
    .option('--to <time>', 'before this time', asTimestamp);

/** The `TimeRangeInput` of the options, or undefined without any. */
export function timeOf({ last, from, to }: TimeOptions): TimeOptions | undefined {
  if (from !== undefined && to !== undefined && from >= to) {
    throw new BadUserInput(`--from: expected a time before --to (${to}), got ${from}`);
  }
  const time = { ...(last && { last }), ...(from && { from }), ...(to && { to }) };
  return Object.keys(time).length > 0 ? time : undefined;
}

/**
 * The filter of the search words and the options. Undefined: all records. It has only what was given, because `cleanup` of the
 * API rejects nulls.
 */
export function filterOf(search: readonly string[], options: FilterOptions): LogFilterInput | undefined {
  const query = search.join(' ').trim();
  const filter: LogFilterInput = {
    ...(query && { query }),
    ...(options.minLevel && { minLevel: options.minLevel }),
    ...(options.service && { services: options.service }),
    ...(options.component && { components: options.component }),
    ...(options.correlation && { correlationIds: options.correlation }),
  };
  return Object.keys(filter).length > 0 ? filter : undefined;
}

/** The same filter in the search language. */
export function searchOf(search: readonly string[], options: FilterOptions): string {
  const query = search.join(' ').trim();
  const conditions = [
    ...(options.minLevel ? [`level:>=${options.minLevel.toLowerCase()}`] : []),
    ...anyOf('service', options.service),
    ...anyOf('component', options.component),
    ...anyOf('correlationId', options.correlation),
  ];
  // First and, if possible, without parentheses: the columns in errors are then those of what was typed.
  const isJoined = conditions.length > 0 && /\bOR\b|\|\|/.test(query);
  return [...(query && [isJoined ? `(${query})` : query]), ...conditions].join(' ');
}

const anyOf = (field: string, values: readonly string[] = []): string[] =>
  values.length === 0 ? [] : [`${field}:(${values.map(quotedText).join(' OR ')})`];

const collect = (value: string, before: string[] = []): string[] => [...before, value];

function asLevel(text: string): LogLevel {
  const level = levelOfWord(text);
  if (level === undefined) throw new InvalidArgumentError(`Expected one of ${LEVELS.join(', ').toLowerCase()}.`);
  return level;
}

export interface ShowOptions {
  json?: true;
  /** False with `--no-stack`. */
  stack: boolean;
  timezone?: string;
}

/** The options that say how records are shown. */
export const withShow = (command: Command): Command =>
  command
    .option('--json', 'one JSON object per line')
    .option('--no-stack', 'without the stack traces below their records')
    .option('--timezone <name>', 'show times in this zone (default: local time on a terminal, else UTC)', asTimeZone);

export function asTimeZone(name: string): string {
  try {
    Intl.DateTimeFormat('en-US', { timeZone: name });
    return name;
  } catch {
    throw new InvalidArgumentError('Expected an IANA time zone name like Europe/Berlin.');
  }
}

/** The text as it was typed. It is checked here, so that a mistake is an error without a request. */
export function asDuration(text: string): string {
  if (parseDuration(text) === undefined)
    throw new InvalidArgumentError('Expected a duration like 15m, 24h, 7d or PT15M.');
  return text;
}

export function asTimestamp(text: string): Timestamp {
  const timestamp = parseTimestamp(text);
  if (timestamp !== undefined) return timestamp;
  throw new InvalidArgumentError('Expected a time like 2026-11-21, 2026-11-21T20:06:40Z or 2026-11-21T20:06:40+02:00.');
}

export const asCount =
  (least: number, most: number) =>
  (text: string): number => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= least && count <= most) return count;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };

/** The examples at the end of a command's help, each a line for a shell. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
