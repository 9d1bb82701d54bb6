import { readRequestLine } from '../../log/http-exchange.ts';
import { severityOfWord } from '../../log/level.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, numberOrNull, orNull } from './log-format.ts';

const LINE =
  /^(?<year>\d{4})\/(?<month>\d{2})\/(?<day>\d{2}) (?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2}) \[(?<level>\w+)\] (?<pid>\d+)#(?<tid>\d+): (?:\*(?<connection>\d+) )?(?<rest>.*)$/s;
const CLIENT = /, client: ([^,\s]+)/;
const REQUEST = /, request: "([^"]*)"/;

/** `2024/01/02 03:04:05 [error] 123#0: *1 message, client: ..., request: "..."`. The text after the message also stays in it. */
export const nginxErrorFormat: LogFormat = {
  name: 'nginx-error',
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'level' | 'rest'>(LINE, line);
    if (!groups) return undefined;
    const { level, pid, tid, connection, rest } = groups;
    const severityNumber = severityOfWord(level);
    const timestamp = clock.read(groups);
    if (severityNumber === undefined || timestamp === undefined) return undefined;
    const { protocol, ...http } = readRequestLine(REQUEST.exec(rest)?.[1] ?? '');
    return {
      timestamp,
      severityNumber,
      message: rest.trim(),
      ...http,
      httpClientIp: orNull(CLIENT.exec(rest)?.[1]),
      attributes: attributesOf({
        pid: numberOrNull(pid),
        tid: numberOrNull(tid),
        connection: numberOrNull(connection),
        protocol,
      }),
    };
  },
};
