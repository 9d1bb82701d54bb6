import { joined } from '../../log/joined.ts';
import { isJsonObject, type JsonObject, setBeside, tryJson } from '../../log/json.ts';
import { severityOf, severityOfHttpStatus, severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { draftFromJson } from '../../record-names/draft-from-json.ts';
import { datedFormat, fromGroups, plainDatedFormat, timedFormat } from './dated.ts';
import { headLevel } from './head-level.ts';
import { httpFieldsOf } from './http-line.ts';
import { timeOfLine } from './line-time.ts';
import { attributesOf, groupsOf, type LogFormat, noLine } from './log-format.ts';

/** `10:00AM INF message key=value`: zerolog's console, which has no seconds. */
const KITCHEN =
  /^(?<hour>\d{1,2}):(?<minute>\d{2})(?<half>[AP])M (?<level>[A-Z?]{3}) (?:(?<location>[\w./-]{1,200}\.go:\d{1,7}) > )?(?<message>.*)$/s;

const zerolog: LogFormat = {
  name: 'zerolog',
  continues: noLine,
  first: /\d/,
  parse(line, clock) {
    const groups = groupsOf<'level' | 'message'>(KITCHEN, line);
    if (!groups) return undefined;
    const { hour, minute, half, level, message, location } = groups;
    const severityNumber = level === '???' ? null : severityOfWord(level);
    const ofDay = String((Number(hour) % 12) + (half === 'P' ? 12 : 0));
    const timestamp = clock.read({ hour: ofDay, minute, second: '00' });
    if (severityNumber === undefined || timestamp === undefined) return undefined;
    return { timestamp, severityNumber, message: message.trim(), attributes: attributesOf({ location }) };
  },
};

/** `ERRO[0005] message  key=value`: logrus in a terminal. The number counts seconds since the start; a time may stand there. */
const LOGRUS =
  /^(?<level>TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[(?:\d{4,10}|(?<time>\d{4}-[\d:.TZ+-]{10,30}))\] ?(?<message>.*)$/s;

const logrus: LogFormat = {
  name: 'logrus',
  continues: noLine,
  first: /[TDIWEFP]/,
  parse(line, clock) {
    const { time, ...found } = LOGRUS.exec(line)?.groups ?? {};
    if (found.level === undefined) return undefined;
    return { timestamp: time ? (timeOfLine(time, clock)?.timestamp ?? null) : null, ...fromGroups(found) };
  },
};

const GIN =
  /^ ?\| {0,4}(?<status>\d{3}) \| {0,16}(?<duration>[\d.µμmnsuh]{1,20}) \| {0,45}(?<client>[\d.a-fA-F:]{2,45}) \| (?<method>[A-Z]{3,7}) {1,8}"(?<path>[^"]{0,2000})"/;

const GIN_DEBUG = '[GIN-debug] ';

/** `[GIN] 2024/05/06 - 07:08:09 | 200 |  1.2ms |  127.0.0.1 | GET      "/ping"`, `[GIN-debug] Listening and serving HTTP on :80`. */
const gin: LogFormat = {
  name: 'gin',
  continues: noLine,
  first: /\[/,
  parse(line, clock) {
    if (line.startsWith('[GIN] ')) return ginRequest.parse(line.slice(6), clock);
    return line.startsWith(GIN_DEBUG) ? ginDebug(line.slice(GIN_DEBUG.length)) : undefined;
  },
};

function ginDebug(text: string): Draft {
  const head = headLevel(text);
  const severityNumber = head?.severityNumber ?? severityOf('DEBUG');
  return { severityNumber, message: (head?.rest ?? text).trim(), component: 'gin', attributes: {} };
}

const ginRequest = timedFormat('gin', {}, (rest) => {
  const { status, duration, client, method, path } = GIN.exec(rest)?.groups ?? {};
  if (status === undefined) return undefined;
  return {
    severityNumber: severityOfHttpStatus(Number(status)),
    message: `${method} ${path} ${status}`,
    ...httpFieldsOf({ client, request: `${method} ${path}`, status, duration }),
    attributes: {},
  };
});

const CHI =
  /^ "(?<request>[A-Z]{3,7} [^"\s]{1,2000} HTTP\/[\d.]{1,3})" from (?<client>\S{1,60}?)(?::\d{1,5})? - (?<status>\d{3}) (?<size>\d{1,15})B in (?<duration>\S{1,20})$/;
const SOURCE = /^ (?:(?<location>[\w./@-]{1,300}\.go:\d{1,7}):? )?(?<message>.*)$/s;

/** Go's `log`: `2009/11/10 23:00:00 main.go:23: message`. A request of chi's logger has its fields. */
const dated = timedFormat('go', { besides: plainDatedFormat }, readStandard);
const standard: LogFormat = {
  ...dated,
  parse: (line, clock) => (line.charCodeAt(4) === SLASH ? dated.parse(line, clock) : undefined),
};

/** `myapp: 2009/11/10 23:00:00 message`, `ERROR: 2009/11/10 23:00:00 main.go:23: message`. */
const PREFIX = /^(?:(?<word>[A-Za-z][\w.-]{0,40}): |\[(?<bracketed>[A-Za-z][\w .-]{0,40})\] )(?=\d{4}\/)/;

const prefixed: LogFormat = {
  ...standard,
  name: 'go-prefix',
  first: /[[A-Za-z]/,
  parse(line, clock) {
    if (line.startsWith('[GIN')) return gin.parse(line, clock);
    const head = PREFIX.exec(line);
    const name = head?.groups?.word ?? head?.groups?.bracketed;
    if (!head || !name) return undefined;
    const severityNumber = severityOfWord(name);
    const text = line.slice(head[0].length);
    const draft = dated.parse(text, clock) ?? plainDatedFormat.parse(text, clock);
    return draft && { ...draft, ...(severityNumber === undefined ? { component: name } : { severityNumber }) };
  },
};

function readStandard(rest: string): Draft | undefined {
  const chi = CHI.exec(rest)?.groups as Record<'request' | 'client' | 'status' | 'duration', string> | undefined;
  if (chi)
    return {
      severityNumber: severityOfHttpStatus(Number(chi.status)),
      message: rest.trim(),
      ...httpFieldsOf(chi),
      attributes: {},
    };
  const { location, message } = SOURCE.exec(rest)?.groups ?? {};
  if (location === undefined) return undefined;
  const head = headLevel(message!);
  return {
    severityNumber: head?.severityNumber ?? null,
    message: (head?.rest ?? message!).trim(),
    attributes: { location },
  };
}
const SLASH = 47;

/** zap's console: fields between tabs. A field that names no place in the source is the logger. */
const zap = datedFormat(
  'zap',
  String.raw`\t(?<level>[A-Za-z]{3,6})\t(?:(?<logger>[\w.-]{1,200})\t)?(?:(?<location>[\w./@-]{1,300}\.go:\d{1,7})\t)?(?<message>.*)`,
  { besides: plainDatedFormat },
);

/** A record of zap's console has its fields as JSON after its message. */
const zapConsole: LogFormat = {
  ...zap,
  parse(line, clock) {
    const draft = zap.parse(line, clock);
    return draft && withTrailingFields(draft);
  },
};

function withTrailingFields(draft: Draft): Draft {
  const text = draft.message ?? '';
  const at = text.lastIndexOf('\t{');
  const fields = at >= 0 && text.endsWith('}') ? tryJson(text.slice(at + 1)) : undefined;
  if (!isJsonObject(fields)) return draft;
  const { message, ...said } = draftFromJson(fields as JsonObject);
  if (message) setBeside(said.attributes as JsonObject, 'message', message);
  return joined(said, { ...draft, message: text.slice(0, at) });
}

/** The logs of Go's libraries. */
export const GO_FORMATS: readonly LogFormat[] = [zerolog, logrus, gin, zapConsole, standard, prefixed];
