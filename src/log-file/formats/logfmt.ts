import { type Json, type JsonObject, setOwn } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';
import { draftFromJson } from '../../record-names/draft-from-json.ts';
import { NAMES } from '../../record-names/logger-names.ts';
import type { Clock } from './clock.ts';
import { anyLine, groupsOf, type LogFormat } from './log-format.ts';
import { type LogfmtPairs, readLogfmt } from './logfmt-pairs.ts';

const FIRST_PAIR = /^[A-Za-z_@$][\w@$.:/-]{0,99}=/;
const HEAD_FIELDS = new Set(['timestamp', 'severityNumber', 'message']);
/** More bare words than this are a sentence. */
const BARE_MAX = 3;

/**
 * `time=... level=info msg="..." key=value`: Go's `slog`, logrus, go-kit, Grafana, Heroku, firewalls. The names are read as those
 * of JSON (`record-names`). A value is a number only where it is surely one. Without a message, the whole line is the message.
 */
export const logfmtFormat: LogFormat = {
  name: 'logfmt',
  first: /[A-Za-z_@$]/,
  continues: anyLine,
  parse(line, clock) {
    if (!FIRST_PAIR.test(line)) return undefined;
    const read = readLogfmt(line);
    if (!read || !isLogfmt(read)) return undefined;
    const draft = draftFromJson(withKnownNames(read.object, clock));
    return { ...draft, message: draft.message ?? line.trim() } satisfies Draft;
  },
};

/** Either pairs and nothing else, or some bare words beside a time, a level or a message. */
function isLogfmt({ object, pairs, bare }: LogfmtPairs): boolean {
  if (pairs < 2 || bare > Math.min(BARE_MAX, pairs)) return false;
  let known = false;
  for (const key in object) {
    const value = object[key];
    // `a=1, b=2` is a list in a sentence.
    if (typeof value === 'string' && /[,;]$/.test(value)) return false;
    known ||= key === 't' || HEAD_FIELDS.has(NAMES.here.get(key)?.field ?? '');
  }
  return known || bare === 0;
}

type KnownNames = Readonly<Record<string, string>>;
/** Names that say too little in JSON of all kinds, and what they mean in such a line. */
const SHORT_NAMES: KnownNames = { t: 'time' };
/** The router of Heroku. */
const ROUTER_NAMES: KnownNames = { ...SHORT_NAMES, at: 'level', service: 'duration', fwd: 'client_ip' };

function withKnownNames(object: JsonObject, clock: Clock): JsonObject {
  const names = 'dyno' in object && 'connect' in object ? ROUTER_NAMES : SHORT_NAMES;
  const known: JsonObject = {};
  for (const key in object) {
    const name = Object.hasOwn(names, key) ? names[key]! : key;
    const isTime = NAMES.here.get(name)?.field === 'timestamp';
    const value = isTime ? withZone(object[key]!, object, clock) : object[key]!;
    setOwn(known, name !== key && Object.hasOwn(object, name) ? key : name, value);
  }
  return known;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d\d:\d\d:\d\d(?:[.,]\d{1,9})?$/;
const DATE_AND_TIME =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[T ](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?$/;

/** A time without a zone is one of the clock. Firewalls write the date, and some the zone, as pairs of their own. */
function withZone(value: Json, { date, tz }: JsonObject, clock: Clock): Json {
  if (typeof value !== 'string') return value;
  const isDated = typeof date === 'string' && DATE.test(date) && TIME.test(value);
  const reading = groupsOf(DATE_AND_TIME, isDated ? `${date}T${value}` : value);
  if (!reading) return value;
  const offset = typeof tz === 'string' && /^[+-]\d{4}$/.test(tz) ? tz : undefined;
  return clock.read({ ...reading, offset }) ?? value;
}
