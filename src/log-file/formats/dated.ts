import { severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { readHead } from './dated-head.ts';
import { headLevel } from './head-level.ts';
import { type LineTime, timeOfLine } from './line-time.ts';
import { anyLine, attributesOf, type LogFormat, numberOrNull } from './log-format.ts';

/** For layouts: a level's word. */
export const LEVEL = '(?<level>[A-Z]{3,9})';

/** A line begins with a digit, a bracket, or the name of a day or of a month. */
const FIRST = /[\d[ADFJMNOSTW]/;

interface Options {
  besides?: LogFormat;
  /** Its lines may have a time of day without a date. */
  timeOfDay?: boolean;
}

/** A time, then the rest of the line by `layout`: the names of its groups say what they hold. */
export const datedFormat = (name: string, layout: string, options: Options = {}): LogFormat => {
  const pattern = new RegExp(`^${layout}$`, 's');
  return timedFormat(name, options, (rest) => {
    const found = pattern.exec(rest)?.groups;
    return found && fromGroups(found);
  });
};

/** A time, then the rest of the line by `read`. */
export const timedFormat = (
  name: string,
  { besides, timeOfDay = false }: Options,
  read: (rest: string, time: LineTime) => Draft | undefined,
): LogFormat => ({
  name,
  continues: anyLine,
  first: FIRST,
  ...(besides ? { besides } : {}),
  parse(line, clock) {
    const time = timeOfLine(line, clock);
    if (!time || (time.isAlone && !timeOfDay)) return undefined;
    const draft = read(time.rest, time);
    return draft && { timestamp: time.timestamp, ...draft };
  },
});

/** Undefined if the word in the level's place names no level: then the line has another layout. */
export function fromGroups(found: Record<string, string | undefined>): Draft | undefined {
  const { level, message, logger, service, environment, pid, thread, line, ...others } = found;
  const severityNumber = level === undefined ? null : severityOfWord(level);
  if (severityNumber === undefined) return undefined;
  return {
    severityNumber,
    message: (message ?? '').trim(),
    component: logger?.trim() || null,
    service: service?.trim() || null,
    environment: environment ?? null,
    attributes: attributesOf({
      pid: numberOrNull(pid),
      thread: thread?.trim() || null,
      line: numberOrNull(line),
      ...others,
    }),
  };
}

/** What may stand between a time and a message that has no level. */
const GAP = /^[\])]?[:,;]?[ \t]*(?:[-|:] ?)?/;

/** A time, and a level and names where there are some. Without a level, a time of day may be part of a text. */
export const plainDatedFormat: LogFormat = timedFormat('dated', { timeOfDay: true }, (rest, { isAlone }) => {
  const levelled = readHead(rest);
  if (levelled) return levelled;
  if (isAlone || !/^[\])\s:,;|-]|^$/.test(rest)) return undefined;
  const message = rest.slice(GAP.exec(rest)![0].length).trim();
  const head = headLevel(message);
  return {
    severityNumber: head?.severityNumber ?? null,
    message: head?.rest ?? message,
    component: null,
    service: null,
    environment: null,
    attributes: {},
  };
});
