import { exchangeDraft, quoted } from '../exchange.ts';
import { attributesOf, groupsOf, type LogFormat, noLine, numberOrNull, orNull, TIME } from '../log-format.ts';

const LINE = new RegExp(
  String.raw`^(?<owner>[\da-f]{64}|-) (?<bucket>\S+) \[(?<day>\d\d)/(?<month>[A-Z][a-z]{2})/(?<year>\d{4}):${TIME} (?<offset>[+-]\d{4})\] (?<client>\S+) (?<requester>\S+) (?<requestId>\S+) (?<operation>[A-Z][\w.]{1,80}) (?<key>\S+) (?:${quoted('request')}|-) (?<status>\d{3}|-) (?<error>\S+) (?<sent>\d{1,15}|-) (?<size>\d{1,15}|-) (?<total>\d{1,12}|-) (?<turnAround>\d{1,12}|-) ${quoted('referrer')} ${quoted('userAgent')}(?: (?<more>.*))?$`,
  's',
);

/** AWS S3's server access log. */
export const s3AccessFormat: LogFormat = {
  name: 'aws-s3',
  first: /[\da-f-]/,
  continues: noLine,
  parse(line, clock) {
    const groups = groupsOf<'status'>(LINE, line);
    const timestamp = groups && clock.read(groups);
    if (!groups || timestamp === undefined) return undefined;
    return {
      ...exchangeDraft({
        line,
        timestamp,
        request: groups.request ?? '',
        status: groups.status,
        client: groups.client,
        userAgent: groups.userAgent,
        durationMs: numberOrNull(groups.total),
        attributes: attributesOf({
          bucket: groups.bucket,
          operation: groups.operation,
          key: orNull(groups.key),
          requester: orNull(groups.requester),
          responseBytes: numberOrNull(groups.sent),
          objectBytes: numberOrNull(groups.size),
          referrer: orNull(groups.referrer),
          more: groups.more,
        }),
      }),
      errorType: orNull(groups.error),
      correlationId: orNull(groups.requestId),
    };
  },
};
