import { readMore } from './access-more.ts';
import { exchangeDraft, quoted } from './exchange.ts';
import { attributesOf, groupsOf, type LogFormat, noLine, numberOrNull, orNull, TIME } from './log-format.ts';

/** Python's `http.server` writes a space before the time, and no offset. */
const LINE = new RegExp(
  String.raw`^(?:(?<vhost>\S+:\d+) )?(?<client>\S+) (?<ident>\S+) (?<user>.+?) \[(?<day>\d{2})/(?<month>\w{2,3})/(?<year>\d{4})[: ]${TIME}(?: (?<offset>[+-]\d{4}))?\] ` +
    String.raw`${quoted('request')} (?<status>\d{3}) (?<size>\d+|-)(?: ${quoted('referrer')} ${quoted('userAgent')})?(?: (?<more>.*))?$`,
  's',
);
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F]{0,4}:[\da-fA-F:.]{1,40})$/;

/**
 * Common and combined logs of Apache, nginx, Varnish, Traefik, Proxmox and others, with or without a virtual host before them, and with the
 * durations that many append. The message is the whole line.
 */
export const accessFormat: LogFormat = {
  name: 'access',
  continues: noLine,
  parse(line, clock) {
    const groups = groupsOf<'request' | 'status' | 'client' | 'ident' | 'user'>(LINE, line);
    const timestamp = groups && clock.read(groups);
    if (!groups || timestamp === undefined) return undefined;
    const { request, status, size, referrer, userAgent, more } = groups;
    const { vhost, client, ident, user } = shifted(groups);
    const { durationMs, ...others } = readMore(more);
    return {
      ...exchangeDraft({
        line,
        timestamp,
        request,
        status,
        client,
        userAgent,
        durationMs,
        attributes: attributesOf({
          virtualHost: vhost,
          ident: orNull(ident),
          responseBytes: numberOrNull(size),
          referrer: orNull(referrer),
          ...others,
        }),
      }),
      userId: orNull(user),
    };
  },
};

interface Who {
  vhost?: string | undefined;
  client: string;
  ident: string;
  user: string;
}

/** A virtual host without a port (nginx' `$host`) stands where the client would. */
function shifted({ vhost, client, ident, user }: Who): Who {
  const at = user.indexOf(' ');
  if (vhost !== undefined || at < 0 || ADDRESS.test(client) || !ADDRESS.test(ident))
    return { vhost, client, ident, user };
  return { vhost: client, client: ident, ident: user.slice(0, at), user: user.slice(at + 1) };
}
