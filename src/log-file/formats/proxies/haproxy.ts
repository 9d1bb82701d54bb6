import { SEVERITY_DEFAULT } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import type { Clock } from '../clock.ts';
import { exchangeDraft, quoted } from '../exchange.ts';
import { attributesOf, groupsOf, type LogFormat, noLine, numberOrNull, orNull, TIME } from '../log-format.ts';

const HEAD = String.raw`^(?<client>[\da-fA-F.:]{2,45}|unix:\d{1,5}):(?<port>\d{1,5}) \[(?<day>\d\d)/(?<month>[A-Z][a-z]{2})/(?<year>\d{4}):${TIME}\] `;
const SERVER = String.raw`(?<frontend>\S+) (?<backend>[^\s/]+)/(?<server>\S+)`;
const QUEUES = String.raw` (?<connections>(?:\+?\d{1,10}/){4}\+?\d{1,10}) (?<queues>\d{1,10}/\d{1,10})`;
const TIMER = String.raw`\+?-?\d{1,12}`;
const HTTP = new RegExp(
  String.raw`${HEAD}${SERVER} (?<timers>(?:${TIMER}/){4}(?<total>${TIMER})) (?<status>-?\d{1,3}) \+?(?<bytes>\d{1,15}) \S+ \S+ (?<termination>[\w-]{4})${QUEUES}(?<captured>(?: \{[^}]*\}){0,2}) ${quoted('request')}(?: (?<more>.*))?$`,
  's',
);
const TCP = new RegExp(
  String.raw`${HEAD}${SERVER} (?<timers>(?:${TIMER}/){2}(?<total>${TIMER})) \+?(?<bytes>\d{1,15}) (?<termination>[\w-]{2})${QUEUES}(?: (?<more>.*))?$`,
  's',
);
/** A connection that never was one: `frontend/1: SSL handshake failure`. */
const ERROR = new RegExp(String.raw`${HEAD}(?<frontend>[^\s/]+)/(?<bind>[^\s:]+): (?<message>\S.*)$`, 's');

/** HAProxy's `httplog`, `httpslog`, `tcplog` and its errors, as they stand alone or after the head of syslog. */
export const haproxyFormat: LogFormat = {
  name: 'haproxy',
  first: /[\da-fA-F:u]/,
  continues: noLine,
  parse: (line, clock) => parseHttp(line, clock) ?? parseTcp(line, clock) ?? parseError(line, clock),
};

function parseHttp(line: string, clock: Clock): Draft | undefined {
  const groups = groupsOf<'total' | 'request' | 'status'>(HTTP, line);
  const timestamp = groups && clock.read(groups);
  if (!groups || timestamp === undefined) return undefined;
  const { client, request, status, total, captured } = groups;
  return exchangeDraft({
    line,
    timestamp,
    request,
    status,
    client,
    durationMs: timerMs(total),
    attributes: { ...sharedAttributes(groups), ...attributesOf({ captured: orNull(captured?.trim()) }) },
  });
}

function parseTcp(line: string, clock: Clock): Draft | undefined {
  const groups = groupsOf<'total'>(TCP, line);
  const timestamp = groups && clock.read(groups);
  if (!groups || timestamp === undefined) return undefined;
  return {
    timestamp,
    severityNumber: SEVERITY_DEFAULT,
    message: line.trim(),
    durationMs: timerMs(groups.total),
    httpClientIp: groups.client!,
    attributes: sharedAttributes(groups),
  };
}

function parseError(line: string, clock: Clock): Draft | undefined {
  const groups = groupsOf<'message'>(ERROR, line);
  const timestamp = groups && clock.read(groups);
  if (!groups || timestamp === undefined) return undefined;
  return {
    timestamp,
    severityNumber: 13,
    message: line.trim(),
    httpClientIp: groups.client!,
    attributes: sharedAttributes(groups),
  };
}

/** -1 means that the session ended before. */
const timerMs = (text: string): number | null => (text.includes('-') ? null : Number(text.replace('+', '')));

const sharedAttributes = (groups: Record<string, string | undefined>): Record<string, unknown> =>
  attributesOf({
    clientPort: numberOrNull(groups.port),
    frontend: groups.frontend,
    backend: groups.backend,
    server: groups.server,
    responseBytes: numberOrNull(groups.bytes),
    timers: groups.timers,
    terminationState: groups.termination,
    more: groups.more,
  });
