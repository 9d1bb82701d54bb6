import { severityOfWord } from '../../../log/level.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, numberOrNull, orNull, TIME } from '../log-format.ts';

const LINE = new RegExp(
  String.raw`^(?<year>\d{4})\.(?<month>\d\d)\.(?<day>\d\d) ${TIME} \[ (?<thread>\d{1,20}) \] \{(?<query>[^}]*)\} <(?<level>[A-Z][a-z]{1,15})> (?:(?<component>[^\s:][^:]*): )?(?<message>.*)$`,
  's',
);

/** ClickHouse: `2024.01.01 10:00:00.123456 [ 1 ] {query id} <Error> Component: message`. */
export const clickhouseFormat: LogFormat = {
  name: 'clickhouse',
  first: /\d/,
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'level' | 'message'>(LINE, line);
    if (!groups) return undefined;
    const { level, component, message, thread, query } = groups;
    const severityNumber = severityOfWord(level === 'Test' ? 'TRACE' : level);
    const timestamp = clock.read(groups);
    if (severityNumber === undefined || timestamp === undefined) return undefined;
    return {
      timestamp,
      severityNumber,
      message: message.trim(),
      component: orNull(component),
      attributes: attributesOf({ thread: numberOrNull(thread), query_id: orNull(query) }),
    };
  },
};
