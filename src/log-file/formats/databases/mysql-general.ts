import { anyLine, attributesOf, groupsOf, type LogFormat, numberOrNull, TIME } from '../log-format.ts';

const LINE = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T${TIME}(?<offset>Z|[+-]\d\d:\d\d)\t *(?<thread>\d{1,15}) (?<command>[A-Z][A-Za-z]{1,15}(?: [A-Za-z]{1,15}){0,2})\t(?<message>.*)$`,
  's',
);

/** The general query log of MySQL: `time<TAB>    8 Query<TAB>select 1`. The command is the action. */
export const mysqlGeneralFormat: LogFormat = {
  name: 'mysql-general',
  first: /\d/,
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'command' | 'message'>(LINE, line);
    const timestamp = groups && clock.read(groups);
    if (!groups || timestamp === undefined) return undefined;
    const { command, message, thread } = groups;
    return {
      timestamp,
      message: message.trim() || command,
      action: command,
      attributes: attributesOf({ thread: numberOrNull(thread) }),
    };
  },
};
