import { severityOfWord } from '../../log/level.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, numberOrNull } from './log-format.ts';

const LINE =
  /^(?<year>\d{2})(?<month>\d{2})(?<day>\d{2}) (?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2}) (?<pid>\d+) (?<level>[A-Z]+) (?<component>[^\s:]+): ?(?<message>.*)$/s;

/** `081109 203615 148 INFO dfs.DataNode$PacketResponder: message` */
export const hdfsFormat: LogFormat = {
  name: 'hdfs',
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'level' | 'component' | 'message'>(LINE, line);
    if (!groups) return undefined;
    const { pid, level, component, message } = groups;
    const severityNumber = severityOfWord(level);
    const timestamp = clock.read(groups);
    if (severityNumber === undefined || timestamp === undefined) return undefined;
    return {
      timestamp,
      severityNumber,
      message: message.trim(),
      component,
      attributes: attributesOf({ pid: numberOrNull(pid) }),
    };
  },
};
