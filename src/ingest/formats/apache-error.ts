import { severityOfWord } from '../../log/level.ts';
import { monthDigits } from './clock.ts';
import { anyLine, attributesOf, type LogFormat, numberOrNull, orNull } from './log-format.ts';

const LINE =
  /^\[\w{3} (\w{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2})(?:\.(\d+))? (\d{4})\] \[(?:([\w.-]*):)?(\w+)\](?: \[pid (\d+)(?::tid (\d+))?\])? ?(.*)$/;
const CLIENT = /^(?:\[[^\]]*\] )*?\[(?:client|remote) ([^\]]+?)(?::\d+)?\]/;

/** Apache 2.2 `[time] [level] message` and 2.4 `[time] [module:level] [pid] message`. `[client ...]` stays in the message, too. */
export const apacheErrorFormat: LogFormat = {
  name: 'apache-error',
  continues: anyLine,
  parse(line, clock) {
    const m = LINE.exec(line);
    if (!m) return undefined;
    const [, month, day, hour, minute, second, fraction, year, module, level, pid, tid, rest] =
      m as unknown as string[];
    const severityNumber = severityOfWord(level!.replace(/^trace\d$/, 'trace'));
    const timestamp = clock.read({
      year,
      month: monthDigits(month!),
      day: day!,
      hour: hour!,
      minute: minute!,
      second: second!,
      fraction,
    });
    if (severityNumber === undefined || timestamp === undefined) return undefined;
    return {
      timestamp,
      severityNumber,
      message: rest!.trim(),
      component: orNull(module),
      httpClientIp: orNull(CLIENT.exec(rest!)?.[1]),
      attributes: attributesOf({ pid: numberOrNull(pid), tid: orNull(tid) }),
    };
  },
};
