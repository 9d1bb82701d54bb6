import { timestampFromEpoch } from '../../../log/time.ts';
import { exchangeDraft } from '../exchange.ts';
import { attributesOf, type LogFormat, noLine, numberOrNull, orNull } from '../log-format.ts';

const LINE =
  /^(?<time>\d{9,10}\.\d{3}) +(?<duration>-?\d{1,12}) (?<client>\S+) (?<result>[A-Z_]{3,60})\/(?<status>\d{3}) (?<bytes>\d{1,15}) (?<method>[A-Z][A-Z_-]{1,30}) (?<url>\S+) (?<user>\S+) (?<hierarchy>[A-Z_]{1,60})\/(?<peer>\S+) (?<type>\S+)(?: (?<more>.*))?$/s;

/** Squid's native log: `1286536308.779    180 192.0.2.1 TCP_MISS/200 411 GET http://example.com/ - DIRECT/192.0.2.2 text/html`. */
export const squidFormat: LogFormat = {
  name: 'squid',
  first: /\d/,
  continues: noLine,
  parse(line) {
    const groups = LINE.exec(line)?.groups;
    const timestamp = timestampFromEpoch(groups?.time ?? '');
    if (!groups || timestamp === undefined) return undefined;
    const { status, client, method, url, duration, result, bytes, user, hierarchy, peer, type, more } = groups;
    return {
      ...exchangeDraft({
        line,
        timestamp,
        request: `${method} ${url}`,
        status,
        client,
        durationMs: numberOrNull(duration),
        attributes: attributesOf({
          result,
          responseBytes: numberOrNull(bytes),
          hierarchy,
          peer: orNull(peer),
          contentType: orNull(type),
          more,
        }),
      }),
      userId: orNull(user),
    };
  },
};
