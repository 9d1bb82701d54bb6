import { severityOfWord } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import type { Clock } from '../clock.ts';
import { attributesOf, groupsOf, type LogFormat, noLine } from '../log-format.ts';

/** `dmesg -x` writes facility and level before the time. */
const LEVEL = `^(?:(?<facility>[a-z]{2,10}) {0,6}:(?<level>[a-z]{3,6}) {0,6}: )?`;
const UPTIME = new RegExp(String.raw`${LEVEL}\[ {0,6}(?<uptime>\d{1,9}\.\d{6})\] (?<message>.*)$`, 's');
/** `dmesg -T`. */
const DATED = new RegExp(
  String.raw`${LEVEL}\[[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d) (?<year>\d{4})\] (?<message>.*)$`,
  's',
);

/** Linux's `dmesg`. `[   12.345678]` are seconds since the start, so those records have no time. */
export const dmesgFormat: LogFormat = {
  name: 'dmesg',
  first: /[[a-z]/,
  continues: noLine,
  parse: (line, clock) => parse(line, UPTIME, clock) ?? parse(line, DATED, clock),
};

function parse(line: string, pattern: RegExp, clock: Clock): Draft | undefined {
  const groups = groupsOf<'message'>(pattern, line);
  if (!groups) return undefined;
  const { facility, level, uptime, message, year } = groups;
  const timestamp = year === undefined ? null : clock.read(groups);
  if (timestamp === undefined) return undefined;
  return {
    timestamp,
    severityNumber: level === undefined ? null : (severityOfWord(level) ?? null),
    message: message.trim(),
    component: 'kernel',
    attributes: attributesOf({ facility, uptimeSeconds: uptime === undefined ? null : Number(uptime) }),
  };
}
