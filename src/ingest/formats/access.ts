import { severityOf } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { httpAction } from '../http-action.ts';
import { monthDigits } from './clock.ts';
import { attributesOf, type LogFormat, noLine, numberOrNull, orNull } from './log-format.ts';

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const LINE = new RegExp(
  String.raw`^(?:(\S+:\d+) )?(\S+) (\S+) (.+?) \[(\d{2})/(\w{3})/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))? ([+-]\d{4})\] ` +
    `${QUOTED} (\\d{3}) (\\d+|-)(?: ${QUOTED} ${QUOTED})?(?: (.*))?$`,
);
const REQUEST = /^([A-Z][A-Z-]*) (\S+)(?: (HTTP\/\S+))?$/;

/**
 * Common and combined logs of Apache and nginx, with or without a virtual host before them. The message is the whole line:
 * client, path, referrer and user agent are all what people search for.
 */
export const accessFormat: LogFormat = {
  name: 'access',
  continues: noLine,
  parse(line, clock) {
    const m = LINE.exec(line);
    if (!m) return undefined;
    const [, vhost, client, ident, user, day, month, year, hour, minute, second, fraction, offset] =
      m as unknown as string[];
    const [request, status, size, referrer, userAgent, more] = m.slice(13) as [
      string,
      string,
      ...(string | undefined)[],
    ];
    const timestamp = clock.read({
      year,
      month: monthDigits(month!),
      day: day!,
      hour: hour!,
      minute: minute!,
      second: second!,
      fraction,
      offset,
    });
    if (timestamp === undefined) return undefined;
    const { protocol, ...http } = readRequest(request);
    return {
      timestamp,
      severityNumber: severityOfStatus(Number(status)),
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

const severityOfStatus = (status: number): number =>
  severityOf(status >= 500 ? 'ERROR' : status >= 400 ? 'WARNING' : 'INFO');

/** `GET /path?query HTTP/1.1`. What is no request (a client that speaks TLS to a plain port) says nothing. */
export function readRequest(
  request: string,
): Pick<Draft, 'httpMethod' | 'httpPath' | 'action'> & { protocol?: string | undefined } {
  const m = REQUEST.exec(request);
  if (!m) return {};
  const [, method, path, protocol] = m as unknown as [string, string, string, string | undefined];
  return { httpMethod: method, httpPath: path, action: httpAction(method, path), protocol };
}
