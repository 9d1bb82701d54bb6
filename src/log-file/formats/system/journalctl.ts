import { offsetOfZone } from '../../../log/zone-names.ts';
import { attributesOf, groupsOf, type LogFormat, numberOrNull, orNull, TIME } from '../log-format.ts';

const LINE = new RegExp(
  String.raw`^[A-Z][a-z]{2} (?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d) ${TIME} (?<zone>[A-Z]{1,5}|[+-]\d\d(?:\d\d)?) (?<host>\S+) (?<tag>[^\s:[\]]+)(?:\[(?<pid>\d{1,10})\])?: ?(?<message>.*)$`,
  's',
);

/** `journalctl -o short-full`: `Mon 2024-01-01 10:00:00 UTC web-1 sshd[12]: message`. Its other short forms are syslog's. */
export const journalctlFormat: LogFormat = {
  name: 'journalctl',
  first: /[A-Z]/,
  continues: (line) => /^\s/.test(line),
  isHead: (line) => line.startsWith('-- ') && line.endsWith(' --'),
  parse(line, clock) {
    const groups = groupsOf<'zone' | 'message'>(LINE, line);
    if (!groups) return undefined;
    const { zone, host, tag, pid, message } = groups;
    const offset = /^[+-]/.test(zone) ? zone.padEnd(5, '0') : offsetOfZone(zone);
    const timestamp = clock.read({ ...groups, offset });
    if (timestamp === undefined) return undefined;
    return {
      timestamp,
      message: message.trim(),
      host: orNull(host),
      component: orNull(tag),
      attributes: attributesOf({ pid: numberOrNull(pid) }),
    };
  },
};
