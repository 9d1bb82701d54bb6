import { readRequestLine } from '../../log/http-exchange.ts';
import { severityOfHttpStatus } from '../../log/level.ts';
import { attributesOf, groupsOf, type LogFormat, noLine, numberOrNull, orNull, TIME } from './log-format.ts';

const quoted = (name: string): string => String.raw`"(?<${name}>(?:[^"\\]|\\.)*)"`;
const LINE = new RegExp(
  String.raw`^(?:(?<vhost>\S+:\d+) )?(?<client>\S+) (?<ident>\S+) (?<user>.+?) \[(?<day>\d{2})/(?<month>\w{3})/(?<year>\d{4}):${TIME} (?<offset>[+-]\d{4})\] ` +
    String.raw`${quoted('request')} (?<status>\d{3}) (?<size>\d+|-)(?: ${quoted('referrer')} ${quoted('userAgent')})?(?: (?<more>.*))?$`,
  's',
);

/**
 * Common and combined logs of Apache and nginx, with or without a virtual host before them. The message is the whole line,
 * because people search for its client, path, referrer and user agent.
 */
export const accessFormat: LogFormat = {
  name: 'access',
  continues: noLine,
  parse(line, clock) {
    const groups = groupsOf<'request' | 'status'>(LINE, line);
    if (!groups) return undefined;
    const timestamp = clock.read(groups);
    if (timestamp === undefined) return undefined;
    const { vhost, client, ident, user, request, status, size, referrer, userAgent, more } = groups;
    const { protocol, ...http } = readRequestLine(request);
    return {
      timestamp,
      severityNumber: severityOfHttpStatus(Number(status)),
      message: line.trim(),
      userId: orNull(user),
      ...http,
      httpStatus: Number(status),
      httpUserAgent: orNull(userAgent),
      httpClientIp: orNull(client),
      attributes: attributesOf({
        virtualHost: vhost,
        ident: orNull(ident),
        protocol,
        responseBytes: numberOrNull(size),
        referrer: orNull(referrer),
        more,
      }),
    };
  },
};
