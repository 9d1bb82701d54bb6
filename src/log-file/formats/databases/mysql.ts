import { severityOfWord } from '../../../log/level.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, numberOrNull, orNull } from '../log-format.ts';

/** MySQL 5.6 and MariaDB write a space in the time, and pad the hour with one; MySQL before 5.6 writes `240101 10:00:00`. */
const LINE =
  /^(?:(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:T| {1,2})|(?<shortYear>\d\d)(?<shortMonth>\d\d)(?<shortDay>\d\d) {1,2})(?<hour>\d{1,2}):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,6}))?(?<offset>Z|[+-]\d\d:\d\d)? (?:(?<thread>\d{1,20}) )?(?:\[(?<level>System|Warning|Error|Note|ERROR|Note)\]|(?<program>mysqld_safe)) (?<rest>.*)$/s;
/** MySQL 8: `[MY-010055] [Server] message`. */
const CODE = /^\[(?<code>MY-\d{1,9})\] \[(?<subsystem>[^\]]{1,60})\] ?/;

/** The error log of MySQL and MariaDB: `2024-01-01T10:00:00.123456Z 0 [Warning] [MY-010055] [Server] message`. */
export const mysqlFormat: LogFormat = {
  name: 'mysql',
  first: /\d/,
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'rest'>(LINE, line);
    if (!groups) return undefined;
    const { shortYear, shortMonth, shortDay, level = 'Note', program, thread, rest } = groups;
    const date = shortYear ? { year: shortYear, month: shortMonth!, day: shortDay! } : {};
    const timestamp = clock.read({ ...groups, ...date });
    if (timestamp === undefined) return undefined;
    const code = CODE.exec(rest);
    return {
      timestamp,
      severityNumber: severityOfWord(level === 'System' || level === 'Note' ? 'INFO' : level) ?? null,
      message: rest.slice(code?.[0].length ?? 0).trim(),
      component: orNull(code?.groups?.subsystem ?? program),
      attributes: attributesOf({ thread: numberOrNull(thread), code: code?.groups?.code }),
    };
  },
};
