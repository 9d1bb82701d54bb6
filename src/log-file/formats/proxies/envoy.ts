import { severityOfWord } from '../../../log/level.ts';
import { exchangeDraft, quoted } from '../exchange.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, noLine, numberOrNull, orNull, TIME } from '../log-format.ts';

const START = String.raw`^\[(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)`;
/** Istio writes three values more after the flags, and others after the upstream's address. */
const ACCESS = new RegExp(
  String.raw`${START}T${TIME}Z\] ${quoted('request')} (?<status>\d{1,3}) (?<flags>\S+)(?: (?<details>\S+) \S+ "(?<failure>[^"]*)")? (?<received>\d{1,15}) (?<sent>\d{1,15}) (?<duration>\d{1,12}|-) (?<upstreamDuration>\d{1,12}|-) ${quoted('forwardedFor')} ${quoted('userAgent')} ${quoted('requestId')} ${quoted('authority')} ${quoted('upstream')}(?: (?<more>.*))?$`,
  's',
);
const OWN = new RegExp(
  String.raw`${START} ${TIME}\]\[(?<thread>\d{1,10})\]\[(?<level>[a-z]{4,8})\]\[(?<component>[\w-]{1,40})\] (?:\[(?<file>[^\]:\s]+):(?<line>\d{1,7})\] )?(?<message>.*)$`,
  's',
);

/** Envoy's and Istio's access log in their default formats. */
export const envoyAccessFormat: LogFormat = {
  name: 'envoy-access',
  first: /\[/,
  continues: noLine,
  parse(line, clock) {
    const groups = groupsOf<'request' | 'status'>(ACCESS, line);
    const timestamp = groups && clock.read({ ...groups, offset: 'Z' });
    if (!groups || timestamp === undefined) return undefined;
    const { request, status, forwardedFor, userAgent, flags, details, failure } = groups;
    const { received, sent, duration, upstreamDuration, requestId, authority, upstream, more } = groups;
    return {
      ...exchangeDraft({
        line,
        timestamp,
        request,
        status,
        client: /^[^,\s]+/.exec(forwardedFor ?? '')?.[0],
        userAgent,
        durationMs: numberOrNull(duration),
        attributes: attributesOf({
          flags: orNull(flags),
          details: orNull(details),
          failure: orNull(failure),
          requestBytes: numberOrNull(received),
          responseBytes: numberOrNull(sent),
          upstreamMs: numberOrNull(upstreamDuration),
          authority: orNull(authority),
          upstream: orNull(upstream),
          more,
        }),
      }),
      correlationId: orNull(requestId),
    };
  },
};

/** The log of Envoy itself: `[2024-01-01 10:00:00.123][1][info][main] [source/server/server.cc:123] message`. */
export const envoyFormat: LogFormat = {
  name: 'envoy',
  first: /\[/,
  continues: anyLine,
  parse(line, clock) {
    const groups = groupsOf<'level' | 'message'>(OWN, line);
    const timestamp = groups && clock.read(groups);
    const severityNumber = groups && severityOfWord(groups.level);
    if (!groups || timestamp === undefined || severityNumber === undefined) return undefined;
    const { message, component, thread, file, line: number } = groups;
    return {
      timestamp,
      severityNumber,
      message: message.trim(),
      component: orNull(component),
      attributes: attributesOf({ thread: numberOrNull(thread), file, line: numberOrNull(number) }),
    };
  },
};
