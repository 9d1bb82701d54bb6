import { severityOfWord } from '../../../log/level.ts';
import { anyLine, groupsOf, type LogFormat, TIME } from '../log-format.ts';

const LINE = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d) ${TIME} (?<level>[CEWNIDT]) \| (?:(?<component>[\w.-]{1,40}(?:/[\w.-]{1,40}){0,5}): )?(?<message>.*)$`,
  's',
);

/** etcd before 3.4 (capnslog): `2024-01-01 10:00:00.123456 I | etcdserver: message`. Later versions write JSON. */
export const etcdFormat: LogFormat = {
  name: 'etcd',
  first: /\d/,
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'level' | 'message'>(LINE, line);
    const timestamp = groups && clock.read(groups);
    if (!groups || timestamp === undefined) return undefined;
    const { level, component, message } = groups;
    return {
      timestamp,
      severityNumber: severityOfWord(level) ?? null,
      message: message.trim(),
      component: component ?? null,
    };
  },
};
