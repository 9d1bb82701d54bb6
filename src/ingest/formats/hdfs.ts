import { severityOfWord } from '../../log/level.ts';
import { anyLine, attributesOf, type LogFormat, numberOrNull } from './log-format.ts';

const LINE = /^(\d{2})(\d{2})(\d{2}) (\d{2})(\d{2})(\d{2}) (\d+) ([A-Z]+) ([^\s:]+): ?(.*)$/;

/** `081109 203615 148 INFO dfs.DataNode$PacketResponder: message` */
export const hdfsFormat: LogFormat = {
  name: 'hdfs',
  continues: anyLine,
  parse(line, clock) {
    const m = LINE.exec(line);
    if (!m) return undefined;
    const [, year, month, day, hour, minute, second, pid, level, component, message] = m as unknown as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const severityNumber = severityOfWord(level);
    const timestamp = clock.read({ year, month, day, hour, minute, second });
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
