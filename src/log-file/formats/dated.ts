import { severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import type { Reading } from './clock.ts';
import { anyLine, attributesOf, type LogFormat, numberOrNull } from './log-format.ts';

/** Most programs begin a line so: `2015-07-29 17:41:44,747`, `[2024-01-01T10:00:00.123+02:00`, `17/06/09 20:10:40`. */
const DATE =
  /^\[?(?<year>(?:\d{2})?\d{2})[-/](?<month>\d{2})[-/](?<day>\d{2})[T ](?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?(?: ?(?<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})\b)?/;

/** For layouts: a level's word. */
export const LEVEL = '(?<level>[A-Z]{3,9})';

/** A date, then the rest of the line by `layout`: the names of its groups say what they hold. */
export const datedFormat = (name: string, layout: string, besides?: LogFormat): LogFormat => {
  const pattern = new RegExp(`^${layout}$`, 's');
  return {
    name,
    continues: anyLine,
    ...(besides ? { besides } : {}),
    parse(line, clock) {
      const m = DATE.exec(line);
      const found = m && pattern.exec(line.slice(m[0].length))?.groups;
      if (!found) return undefined;
      const { offset, ...reading } = m.groups as unknown as Reading;
      const timestamp = clock.read({ ...reading, offset: offset === 'UTC' || offset === 'GMT' ? 'Z' : offset });
      const draft = fromGroups(found);
      return timestamp && draft ? { timestamp, ...draft } : undefined;
    },
  };
};

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

/** A date, a level and a message; `UNLEVELLED` has no level. */
const LEVELLED = datedFormat(
  'dated',
  String.raw`\]?:?\s+(?:[-|] ?)?(?:\[(?<pid>\d+)\] |(?<environment>[a-z]+)\.)?(?:${LEVEL}|\[(?<level>[A-Za-z]{3,9}) *\]):?\s+(?:[-|] )?(?<message>.*)`,
);
const UNLEVELLED = datedFormat('dated', String.raw`\]?:?\s+(?:[-|] ?)?(?<message>.*)`);

export const plainDatedFormat: LogFormat = { ...LEVELLED, besides: UNLEVELLED };
