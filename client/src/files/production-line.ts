/** A record as pino or a sender writes it. */
export interface FileRecord {
  level?: unknown;
  time?: unknown;
  msg?: unknown;
  message?: unknown;
  component?: unknown;
  err?: unknown;
  progress?: unknown;
  [name: string]: unknown;
}

const LINE_CHARS_MAX = 4096;
const STACK_CHARS_MAX = 16_384;
const DEPTH_MAX = 4;
const LEVELS = [
  [60, 'FATAL'],
  [50, 'ERROR'],
  [40, 'WARN'],
  [30, 'INFO'],
  [20, 'DEBUG'],
] as const;
/** What each line says anyway, or what is the same in all of them. */
const NOT_SHOWN = new Set(
  'level time timestamp msg message pid hostname v service environment deployment_version err progress'.split(' '),
);
const PLAIN = /^[^\s"=\p{Cc}]+$/u;

/** A level as a number of pino's. A word is taken as it is named there. */
export function levelOf({ level }: FileRecord): number {
  if (typeof level === 'number') return level;
  const word = String(level ?? 'info').toUpperCase();
  return LEVELS.find(([, name]) => name === word || (name === 'WARN' && word === 'WARNING'))?.[0] ?? 10;
}

/**
 * A record as a line for people: `2025-07-06T10:30:15Z INFO Batch complete success_rate=92.4%`. Control characters are escaped,
 * so that no record can look like two. A number from 0 to 1 whose name is or ends in `rate` is shown in per cent.
 */
export function productionLine(record: FileRecord): string {
  const level = levelOf(record);
  const name = LEVELS.find(([least]) => level >= least)?.[1] ?? 'TRACE';
  const isMetric = record.component === 'metrics' && record.metric !== undefined;
  const message = isMetric ? '' : ` ${escaped(String(record.msg ?? record.message ?? ''))}`;
  const fields = isMetric ? metricFields(record) : { ...record, ...progressFields(record.progress) };
  const line = `${timeOf(record.time ?? record.timestamp)} ${name}${message}${shown(fields)}${errorOf(record.err)}`;
  return line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX)}...` : line;
}

/** The stack of the record's error, indented. Empty without one. */
export function stackLines({ err, stack }: FileRecord): string {
  const text = (err as { stack?: unknown } | undefined)?.stack ?? stack;
  if (typeof text !== 'string') return '';
  const lines = text.slice(0, STACK_CHARS_MAX).split(/\r?\n/);
  return lines.map((line) => `    ${escaped(line.trimStart())}\n`).join('');
}

function timeOf(time: unknown): string {
  const date = new Date(typeof time === 'number' || typeof time === 'string' ? time : Date.now());
  return `${(Number.isNaN(date.getTime()) ? new Date() : date).toISOString().slice(0, 19)}Z`;
}

function metricFields({ metric, value, component: _, ...labels }: FileRecord): object {
  return { [String(metric)]: value, ...labels };
}

/** Of an operation's progress: what a person wants to read of its end. */
function progressFields(progress: unknown): object {
  if (typeof progress !== 'object' || progress === null) return {};
  const { processed, failed, total, summary } = progress as Record<string, unknown>;
  const { success_rate, elapsed_seconds, reason } = (summary ?? {}) as Record<string, unknown>;
  return { processed, failed, total, success_rate, elapsed_seconds, reason };
}

function errorOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { type, name, message } = err as Record<string, unknown>;
  return ` error=${escaped(JSON.stringify(`${type ?? name ?? 'Error'}: ${message ?? ''}`))}`;
}

function shown(fields: object, prefix = '', depth = 0): string {
  let text = '';
  for (const [name, value] of Object.entries(fields)) {
    if ((depth === 0 && NOT_SHOWN.has(name)) || value === undefined || value === null) continue;
    const path = `${prefix}${escaped(name)}`;
    if (typeof value !== 'object' || Array.isArray(value) || depth === DEPTH_MAX)
      text += ` ${path}=${shownValue(name, value)}`;
    else text += shown(value, `${path}.`, depth + 1);
    if (text.length > LINE_CHARS_MAX) break;
  }
  return text;
}

function shownValue(name: string, value: unknown): string {
  if (typeof value === 'number' && /(^|_)rate$|Rate$/.test(name) && value >= 0 && value <= 1) {
    return `${Math.floor(1000 * value + 1e-9) / 10}%`;
  }
  return typeof value === 'string' && PLAIN.test(value) ? value : escaped(JSON.stringify(value));
}

/** What ends a line, or moves the cursor of a terminal. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;
const escaped = (text: string): string =>
  text.slice(0, LINE_CHARS_MAX + 1).replace(CONTROL, (character) => {
    const shortened = JSON.stringify(character).slice(1, -1);
    return shortened === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : shortened;
  });
