import { attributesOf, numberOrNull, orNull } from '../log-format.ts';

/** `%p`, mostly in brackets. `[1-1]` is a line number. */
const PID = /\[ ?(\d{1,10})\]/;
const BARE_PID = /(?:^|\s)(\d{1,10})(?=[\s:]|$)/;
const NAMED = /\b(user|usr|u|db|database|d|app|application|a|client|host|h|remote|r|sqlstate|state|e)=/g;
const NAMES: Readonly<Record<string, string>> = {
  user: 'user',
  usr: 'user',
  u: 'user',
  db: 'dbname',
  database: 'dbname',
  d: 'dbname',
  app: 'application_name',
  application: 'application_name',
  a: 'application_name',
  client: 'remote_host',
  host: 'remote_host',
  h: 'remote_host',
  remote: 'remote_host',
  r: 'remote_host',
  sqlstate: 'state_code',
  state: 'state_code',
  e: 'state_code',
};
const USER_AT_DATABASE = /(?:^|[\s:[(])([^\s:@,=[\]()]+)@([^\s:@,=[\]()/]+)/;
/** `%r`. */
const REMOTE = /(?:^|[\s:=@,])((?:::)?\w[\w.:-]{0,63})\((\d{1,5})\)/;

/** What the text of a `log_line_prefix` after its time says, under the names that PostgreSQL's `jsonlog` uses. */
export function readPrefix(prefix: string): Record<string, unknown> {
  const found: Record<string, string> = readNamed(prefix);
  const [, user, database] = USER_AT_DATABASE.exec(prefix) ?? [];
  if (user !== undefined) {
    found.user ??= user;
    found.dbname ??= database!;
  }
  const [, host, port] = REMOTE.exec(prefix) ?? [];
  if (host !== undefined) found.remote_host = host;
  const known = Object.entries(found).map(([name, value]) => [name, value === '[unknown]' ? null : orNull(value)]);
  return attributesOf({
    pid: numberOrNull(PID.exec(prefix)?.[1] ?? BARE_PID.exec(prefix)?.[1]),
    ...Object.fromEntries(known),
    remote_port: numberOrNull(port),
  });
}

/** A value ends at a comma, or where the next name begins: the name of an application may hold spaces. */
function readNamed(prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  const names = Array.from(prefix.matchAll(NAMED));
  names.forEach(({ 0: text, 1: name, index }, i) => {
    const value = prefix.slice(index + text.length, names[i + 1]?.index).split(',', 1)[0]!;
    found[NAMES[name!]!] ??= value.trim();
  });
  return found;
}
