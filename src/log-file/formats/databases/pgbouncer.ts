import { severityOfWord } from '../../../log/level.ts';
import { anyLine, attributesOf, type LogFormat, numberOrNull } from '../log-format.ts';
import { POSTGRES_TIME, timeOfGroups } from './postgres-time.ts';

const LINE = new RegExp(
  String.raw`^${POSTGRES_TIME} \[(?<pid>\d{1,10})\] (?<level>NOISE|DEBUG|LOG|WARNING|ERROR|FATAL) (?<message>(?:[CS]-0x[\da-f]{1,16}: (?<dbname>[^/\s]{1,64})/(?<user>[^@\s]+)@(?<client>\S+) )?.*)$`,
  's',
);

/** PgBouncer: `2024-01-01 10:00:00.123 UTC [1] LOG C-0x55d: shop/bob@10.0.0.1:5432 login attempt`. */
export const pgbouncerFormat: LogFormat = {
  name: 'pgbouncer',
  first: /\d/,
  continues: anyLine,
  parse(line, clock) {
    const groups = LINE.exec(line)?.groups;
    const timestamp = timeOfGroups(groups, clock);
    if (!groups || timestamp === undefined) return undefined;
    const { level, message, pid, dbname, user, client } = groups;
    return {
      timestamp,
      severityNumber: severityOfWord(level === 'NOISE' ? 'TRACE' : level!) ?? null,
      message: message!.trim(),
      attributes: attributesOf({ pid: numberOrNull(pid), dbname, user, client }),
    };
  },
};
