import { exchangeDraft, msOfSeconds, quoted } from '../exchange.ts';
import { attributesOf, groupsOf, type LogFormat, noLine, numberOrNull, orNull, TIME } from '../log-format.ts';

const START = String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T${TIME}`;
const SECONDS = String.raw`-?\d{1,9}(?:\.\d{1,9})?`;
const EXCHANGE = String.raw` (?<balancer>\S+) (?<client>\S+) (?<target>\S+) (?<requestTime>${SECONDS}) (?<targetTime>${SECONDS}) (?<responseTime>${SECONDS}) (?<status>\d{3}|-) (?<targetStatus>\d{3}|0|-) (?<received>\d{1,15}) (?<sent>\d{1,15}) ${quoted('request')}(?: ${quoted('userAgent')} (?<cipher>\S+) (?<tls>\S+))?`;
const APPLICATION = new RegExp(
  String.raw`^(?<type>https?|h2|grpcs|wss?) ${START}Z${EXCHANGE} (?<targetGroup>\S+) ${quoted('traceId')}(?: ${quoted('domain')})?(?: (?<more>.*))?$`,
  's',
);
const CLASSIC = new RegExp(`^${START}Z${EXCHANGE}(?: (?<more>.*))?$`, 's');
const NETWORK = new RegExp(
  String.raw`^tls \d\.\d ${START} (?<balancer>\S+) (?<listener>\S+) (?<client>\S+) (?<target>\S+) (?<connectionTime>\d{1,12}|-) (?<handshakeTime>\d{1,12}|-) (?<received>\d{1,15}) (?<sent>\d{1,15}) (?<alert>\S{1,20}) (?<certificate>\S+) \S+ (?<cipher>\S+) (?<tls>\S+) \S+ (?<domain>\S+)(?: (?<more>.*))?$`,
  's',
);

/** AWS's load balancers: Application (ALB), Classic (ELB) and Network (NLB). Their times are UTC. */
const format = (name: string, first: RegExp, pattern: RegExp): LogFormat => ({
  name,
  first,
  continues: noLine,
  parse(line, clock) {
    const groups = groupsOf(pattern, line);
    const timestamp = groups && clock.read({ ...groups, offset: 'Z' });
    if (!groups || timestamp === undefined) return undefined;
    const { type, balancer, client, target, status, targetStatus, received, sent, userAgent, request } = groups;
    return exchangeDraft({
      line,
      timestamp,
      request: orNull(request?.replace(/^- - - *$/, '')) ?? '',
      status: status === '-' ? targetStatus : status,
      client,
      userAgent,
      durationMs: numberOrNull(groups.connectionTime) ?? totalMs(groups),
      attributes: attributesOf({
        type,
        loadBalancer: balancer,
        listener: groups.listener,
        target: orNull(target),
        targetStatus: numberOrNull(targetStatus),
        targetMs: msOfSeconds(groups.targetTime),
        requestBytes: numberOrNull(received),
        responseBytes: numberOrNull(sent),
        traceHeader: orNull(groups.traceId),
        domain: orNull(groups.domain),
        cipher: orNull(groups.cipher),
        tls: orNull(groups.tls),
        targetGroup: orNull(groups.targetGroup),
        certificate: orNull(groups.certificate),
        alert: orNull(groups.alert),
        handshakeMs: numberOrNull(groups.handshakeTime),
        more: groups.more,
      }),
    });
  },
});

/** Null if a part is -1: the request came to no target, or was ended. */
function totalMs({ requestTime, targetTime, responseTime }: Record<string, string | undefined>): number | null {
  const parts = [requestTime, targetTime, responseTime].map(msOfSeconds);
  return parts.includes(null) ? null : Math.round(parts.reduce((sum, part) => sum! + part!, 0)! * 1000) / 1000;
}

export const LOAD_BALANCER_FORMATS: readonly LogFormat[] = [
  format('aws-alb', /[hgw]/, APPLICATION),
  format('aws-elb', /\d/, CLASSIC),
  format('aws-nlb', /t/, NETWORK),
];
