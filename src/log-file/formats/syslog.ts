import { setOwn } from '../../log/json.ts';
import { severityOfSyslog, severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { parseTimestamp, type Timestamp } from '../../log/time.ts';
import type { Clock } from './clock.ts';
import { headLevel } from './head-level.ts';
import { attributesOf, groupsOf, type LogFormat, noLine, numberOrNull, orNull, TIME } from './log-format.ts';

const PRI = '^(?:<(?<pri>\\d{1,3})>)?';
/** `Dec 10 06:55:46 host sshd[24200]: message`, also with a year, or with the ISO time that rsyslog and macOS write. */
const RFC3164 = new RegExp(
  String.raw`${PRI}(?:(?<month>\w{3}) (?<day>[ \d]\d) (?:(?<year>\d{4}) )?${TIME}|(?<iso>\d{4}-\d{2}-\d{2}[T ]\d{2}:\S+)) (?<rest>.*)$`,
  's',
);
const HOST = /^(-|[\w:](?:[\w.:%-]*[\w.])?) (.*)$/s;
/** Without a priority, the host is a word as others are. These stand in its place in logs of other kinds. */
const NO_HOST = /^(?:\d+|stdout|stderr)$/;
/** Programs of the system begin messages with `error:`, and mean no level. */
const CAPITALS = /^[[(<]? ?[A-Z]{3}/;
/** A line without a host begins so. */
const TAG_FIRST = /^[^\s:[\]]{1,64}(?:\[[^\]]*\])?: /;
/** A program's name. Lines like `last message repeated 2 times` have none. */
const TAG = /^([^\s:[\]]{1,64})(?:\[([^\]]*)\])?: ?(.*)$/s;
const RFC5424 = new RegExp(
  `${PRI}1 (\\S+) (\\S+) (\\S+) (\\S+) (\\S+) (-|(?:\\[(?:[^\\]"]|"(?:[^"\\\\]|\\\\.)*")*\\])+)(?: (.*))?$`,
  's',
);
/** In structured data: the id of an element, or a parameter. A name without a value also matches, so that it is read only once. */
const SD_PART = /\[([^\s\]="]*)|([^\s\]="]+)(?:="((?:[^"\\]|\\.)*)")?/gs;
const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
];

/** RFC 3164 and RFC 5424. `<PRI>`, which may be missing, holds the level. The program is the component. */
export const syslogFormat: LogFormat = {
  name: 'syslog',
  first: /[<\dA-Z]/,
  continues: noLine,
  parse: (line, clock) => parse5424(line, clock) ?? parse3164(line, clock),
};

function parse3164(line: string, clock: Clock): Draft | undefined {
  const groups = groupsOf<'rest'>(RFC3164, line);
  if (!groups) return undefined;
  const { pri, iso, rest } = groups;
  const [, host, hosted = rest] = (!TAG_FIRST.test(rest) && HOST.exec(rest)) || [];
  const [, word, pid, told] = TAG.exec(hosted) ?? [];
  const tag = word !== undefined && severityOfWord(word) === undefined ? word : undefined;
  if (pri === undefined && !isFromHost({ host, tag, pid, iso })) return undefined;
  const timestamp = iso ? parseIso(iso, clock) : clock.read(groups);
  if (timestamp === undefined) return undefined;
  const message = ((tag && told) ?? hosted).trim();
  const head = pri === undefined && CAPITALS.test(message) ? headLevel(message) : undefined;
  const { severityNumber, facility } = readPri(pri);
  return {
    timestamp,
    severityNumber: severityNumber ?? head?.severityNumber ?? null,
    message: head?.rest ?? message,
    host: orNull(host),
    component: orNull(tag),
    attributes: attributesOf({ pid: numberOrNull(pid) ?? orNull(pid), facility }),
  };
}

/** Whether a line without a priority is syslog: application logs have times and words, too. */
function isFromHost({ host, tag, pid, iso }: Record<'host' | 'tag' | 'pid' | 'iso', string | undefined>): boolean {
  if (host === undefined) return tag !== undefined && iso === undefined;
  if (NO_HOST.test(host) || severityOfWord(host) !== undefined) return false;
  if (tag !== undefined) return iso?.charAt(10) !== ' ' || pid !== undefined;
  return iso === undefined && /[\d.-]/.test(host);
}

export function parse5424(line: string, clock: Clock): Draft | undefined {
  const m = RFC5424.exec(line);
  if (!m) return undefined;
  const [, pri, time, host, app, process, id, data, message] = m as unknown as string[];
  const timestamp = time === '-' ? null : parseIso(time!, clock);
  if (timestamp === undefined) return undefined;
  const { severityNumber, facility } = readPri(pri);
  return {
    timestamp,
    severityNumber,
    message: (message ?? '').replace(/^\ufeff/, '').trim(),
    host: orNull(host),
    component: orNull(app),
    attributes: attributesOf({
      pid: numberOrNull(process) ?? orNull(process),
      messageId: orNull(id),
      facility,
      structuredData: data === '-' ? null : readStructuredData(data!),
    }),
  };
}

const ISO =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[T ](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:[.,](?<fraction>\d+))?(?:(?<offset>Z|[+-]\d\d:?\d\d)|(?<hours>[+-]\d\d))?$/;

function parseIso(text: string, clock: Clock): Timestamp | undefined {
  const reading = groupsOf(ISO, text);
  if (!reading) return parseTimestamp(text);
  return clock.read({ ...reading, offset: reading.hours ? `${reading.hours}:00` : reading.offset });
}

/** RFC 5424, 6.2.1: facility times 8 and severity. */
export function readPri(pri: string | undefined): { severityNumber: number | null; facility: string | null } {
  if (pri === undefined || Number(pri) > 191) return { severityNumber: null, facility: null };
  return { severityNumber: severityOfSyslog(Number(pri) % 8) ?? null, facility: FACILITIES[Number(pri) >> 3] ?? null };
}

/** @param text one or more elements, as `RFC5424` finds them */
function readStructuredData(text: string): Record<string, Record<string, string>> {
  const elements: Record<string, Record<string, string>> = {};
  let parameters: Record<string, string> = {};
  for (const [, id, name, value] of text.matchAll(SD_PART)) {
    if (id !== undefined) {
      parameters = {};
      setOwn(elements, id, parameters);
    } else if (value !== undefined) setOwn(parameters, name!, value.replace(/\\(["\\\]])/g, '$1'));
  }
  return elements;
}
