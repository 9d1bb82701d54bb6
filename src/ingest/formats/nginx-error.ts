import { severityOfWord } from '../../log/level.ts';
import { readRequest } from './access.ts';
import { anyLine, attributesOf, type LogFormat, numberOrNull, orNull } from './log-format.ts';

const LINE = /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2}):(\d{2}) \[(\w+)\] (\d+)#(\d+): (?:\*(\d+) )?(.*)$/;
const CLIENT = /, client: ([^,\s]+)/;
const REQUEST = /, request: "([^"]*)"/;

/** `2024/01/02 03:04:05 [error] 123#0: *1 message, client: ..., request: "..."`: what follows the message stays in it, too. */
export const nginxErrorFormat: LogFormat = {
  name: 'nginx-error',
  continues: anyLine,
  parse(line, clock) {
    const m = LINE.exec(line);
    if (!m) return undefined;
    const [, year, month, day, hour, minute, second, level, pid, tid, connection, rest] = m as unknown as [
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
      string | undefined,
      string,
    ];
    const severityNumber = severityOfWord(level);
    const timestamp = clock.read({ year, month, day, hour, minute, second });
    if (severityNumber === undefined || timestamp === undefined) return undefined;
    const { protocol, ...http } = readRequest(REQUEST.exec(rest)?.[1] ?? '');
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
