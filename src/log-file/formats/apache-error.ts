import { severityOfApache } from '../../log/level.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, numberOrNull, orNull, TIME } from './log-format.ts';

const LINE = new RegExp(
  String.raw`^\[\w{3} (?<month>\w{3}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})\] \[(?:(?<module>[\w.-]*):)?(?<level>\w+)\]` +
    String.raw`(?: \[pid (?<pid>\d+)(?::tid (?<tid>\d+))?\])? ?(?<rest>.*)$`,
  's',
);
const CLIENT = /\[(?:client|remote) ([^\]]{1,100}?)(?::\d{1,5})?\]/;

/** Apache 2.2 `[time] [level] message` and 2.4 `[time] [module:level] [pid] message`. `[client ...]` also stays in the message. */
export const apacheErrorFormat: LogFormat = {
  name: 'apache-error',
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'level' | 'rest'>(LINE, line);
    if (!groups) return undefined;
    const { module, level, pid, tid, rest } = groups;
    const severityNumber = severityOfApache(level);
    const timestamp = clock.read(groups);
    if (severityNumber === undefined || timestamp === undefined) return undefined;
    return {
      timestamp,
      severityNumber,
      message: rest.trim(),
      component: orNull(module),
      httpClientIp: orNull(CLIENT.exec(rest.slice(0, 1000))?.[1]),
      attributes: attributesOf({ pid: numberOrNull(pid), tid: orNull(tid) }),
    };
  },
};
