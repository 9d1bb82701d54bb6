import { severityOf } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import { timestampFromEpoch } from '../../../log/time.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, numberOrNull, orNull, TIME } from '../log-format.ts';

const LINE = new RegExp(
  String.raw`^(?:(?<pid>\d{1,10}):(?<role>[XCSM])|\[(?<oldPid>\d{1,10})\]) (?<day>\d{1,2}) (?<month>[A-Z][a-z]{2}) (?:(?<year>\d{4}) )?${TIME} (?<mark>[.*#-]) (?<message>.*)$`,
  's',
);
/** `1234:signal-handler (1714979289) Received SIGTERM scheduling shutdown...` */
const SIGNAL = /^(?<pid>\d{1,10}):signal-handler \((?<at>\d{10})\) (?<message>.*)$/;
const LEVELS = { '.': 'DEBUG', '-': 'TRACE', '*': 'INFO', '#': 'WARNING' } as const;
const ROLES: Readonly<Record<string, string>> = { X: 'sentinel', C: 'child', S: 'replica', M: 'primary' };

/** Redis and Valkey: `1234:M 01 Jan 2024 10:00:00.123 * message`. */
export const redisFormat: LogFormat = {
  name: 'redis',
  first: /[\d[]/,
  continues: anyLine,
  parse(line, clock) {
    const signal = SIGNAL.exec(line)?.groups;
    if (signal) return ofSignal(signal.pid!, signal.at!, signal.message!);
    const groups = groupsOf<'mark' | 'message'>(LINE, line);
    if (!groups) return undefined;
    const timestamp = clock.read(groups);
    if (timestamp === undefined) return undefined;
    const { mark, message, pid, oldPid, role } = groups;
    return {
      timestamp,
      severityNumber: severityOf(LEVELS[mark as keyof typeof LEVELS]),
      message: message.trim(),
      attributes: attributesOf({ pid: numberOrNull(pid ?? oldPid), role: orNull(ROLES[role ?? '']) }),
    };
  },
};

const ofSignal = (pid: string, at: string, message: string): Draft => ({
  timestamp: timestampFromEpoch(at) ?? null,
  severityNumber: severityOf('WARNING'),
  message,
  attributes: attributesOf({ pid: numberOrNull(pid) }),
});
