import type { Draft } from '../../../log/record.ts';
import { timestampFromEpoch } from '../../../log/time.ts';
import type { Clock } from '../clock.ts';
import { anyLine, groupsOf, type LogFormat, numberOrNull } from '../log-format.ts';

const TIME =
  /^# Time: (?:(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T|(?<shortYear>\d\d)(?<shortMonth>\d\d)(?<shortDay>\d\d) {1,2})(?<hour>\d{1,2}):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,6}))?(?<offset>Z|[+-]\d\d:\d\d)?\s*$/;
const USER =
  /^# User@Host: (?<user>[^[\s]*)\[[^\]]*\] @ (?<host>[^[\s]*) \[(?<ip>[^\]]*)\](?: +Id: +(?<thread>\d{1,20}))?/;
const NUMBERS = /\b([A-Z][A-Za-z_]{1,40}): (\S+)/g;
const SET_TIME = /^SET timestamp=(\d{1,11}(?:\.\d{1,6})?);/i;
const USE = /^use (\S+);$/i;
/** Instead of SQL. */
const COMMAND = '# administrator command: ';
/** What the server writes when it opens the file. */
const HEAD = /^(?:\S+, Version: .{1,200} started with:$|Tcp port: \d+ +Unix socket: |Time +Id Command +Argument)/;
const HEAD_CHARACTERS_MAX = 300;

/** A query before its SQL has come. */
const isHeadOf = (draft: Draft): boolean => draft.message === '';

/**
 * The slow query log of MySQL and MariaDB: one record for each query, whose message is the SQL. `# Time:` is missing where it is
 * that of the query before, and then `SET timestamp` says it.
 */
export const mysqlSlowFormat: LogFormat = {
  name: 'mysql-slow',
  first: /#/,
  continues: anyLine,
  parse: begin,
  inFile: createReader,
};

function begin(line: string, clock: Clock): Draft | undefined {
  if (!line.startsWith('# ')) return undefined;
  const groups = groupsOf(TIME, line);
  if (!groups && !USER.test(line) && !line.startsWith('# Query_time: ')) return undefined;
  const draft: Draft = { timestamp: groups ? (clock.read(dateOf(groups)) ?? null) : null, message: '', attributes: {} };
  if (!groups) addHead(line, draft);
  return draft;
}

const dateOf = (groups: NonNullable<ReturnType<typeof groupsOf>>) =>
  groups.shortYear ? { ...groups, year: groups.shortYear, month: groups.shortMonth!, day: groups.shortDay! } : groups;

/** A comment line of the head. Only the numbers that are known become numbers; names stay as MySQL writes them. */
function addHead(line: string, draft: Draft): void {
  const attributes = draft.attributes as Record<string, unknown>;
  const user = USER.exec(line)?.groups;
  if (user) {
    Object.assign(attributes, { user: user.user, client: user.ip || user.host });
    const thread = numberOrNull(user.thread);
    if (thread !== null) attributes.thread = thread;
    return;
  }
  for (const [, name, value] of line.slice(0, 2000).matchAll(NUMBERS)) {
    const number = /^\d{1,12}(?:\.\d{1,9})?$/.test(value!) ? Number(value) : value!;
    if (name === 'Query_time' && typeof number === 'number') draft.durationMs = Math.round(number * 1e6) / 1000;
    else attributes[name!] = number;
  }
}

function createReader(): LogFormat {
  let isTimed = false;
  return {
    ...mysqlSlowFormat,
    parse(line, clock) {
      const draft = begin(line, clock);
      if (draft) isTimed = Boolean(draft.timestamp);
      return draft;
    },
    isHead: (line) => line.length <= HEAD_CHARACTERS_MAX && HEAD.test(line),
    adds(line, draft) {
      if (line.startsWith('# ')) {
        if (!isHeadOf(draft) || line.startsWith('# Time: ')) return false;
        if (line.startsWith(COMMAND)) draft.message = line.slice(COMMAND.length);
        else addHead(line, draft);
        return true;
      }
      const attributes = draft.attributes as Record<string, unknown>;
      const seconds = SET_TIME.exec(line)?.[1];
      const database = USE.exec(line)?.[1];
      if (seconds !== undefined && isHeadOf(draft)) {
        if (!isTimed) draft.timestamp = timestampFromEpoch(seconds);
      } else if (database !== undefined && isHeadOf(draft)) attributes.database = database;
      else draft.message = isHeadOf(draft) ? line : `${draft.message}\n${line}`;
      return true;
    },
  };
}
