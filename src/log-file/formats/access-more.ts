import { msOfSeconds } from './exchange.ts';
import { attributesOf, numberOrNull, orNull } from './log-format.ts';

interface More {
  durationMs: number | null;
  [attribute: string]: unknown;
}

const TRAEFIK = /^(?<requests>\d{1,15}) "(?<router>[^"]{0,300})" "(?<backend>[^"]*)" (?<ms>\d{1,12})ms$/;
const INGRESS =
  /^(?<requestBytes>\d{1,15}) (?<seconds>\d{1,9}\.\d{3}) \[(?<upstreamName>[^\]]*)\] \[[^\]]*\] (?<upstream>\S+) \S+ (?<upstreamSeconds>\S+) (?<upstreamStatus>\S+) (?<requestId>\S+)$/;
const FORWARDED_FOR = /^"(?<forwardedFor>[^"]*)"(?: (?<rest>.*))?$/s;
/** nginx writes its durations in seconds with three decimals, alone or after a name. */
const SECONDS = /^(?:(?:rt|request_time|req_time)=)?"?(\d{1,9}\.\d{3})"?(?:[ ,].*)?$/s;
const NAMED_SECONDS = /(?:^|[ ,])(?:rt|request_time|req_time)="?(\d{1,9}\.\d{3})/;
const CHARACTERS_MAX = 2000;

/** What a server appends to the combined format: Traefik, ingress-nginx, and the usual variables of nginx. */
export function readMore(more: string | undefined): More {
  if (more === undefined || more.length > CHARACTERS_MAX) return { durationMs: null, more };
  const traefik = TRAEFIK.exec(more)?.groups;
  if (traefik) {
    const { requests, router, backend, ms } = traefik;
    return {
      durationMs: Number(ms),
      requests: numberOrNull(requests),
      router: orNull(router),
      backend: orNull(backend),
    };
  }
  const ingress = INGRESS.exec(more)?.groups;
  if (ingress) {
    const { requestBytes, seconds, upstreamName, upstream, upstreamSeconds, upstreamStatus, requestId } = ingress;
    return {
      durationMs: msOfSeconds(seconds),
      requestBytes: numberOrNull(requestBytes),
      upstreamName: orNull(upstreamName),
      upstream: orNull(upstream),
      upstreamMs: msOfSeconds(upstreamSeconds),
      upstreamStatus: numberOrNull(upstreamStatus),
      requestId: orNull(requestId),
    };
  }
  const { forwardedFor, rest = undefined } = FORWARDED_FOR.exec(more)?.groups ?? { rest: more };
  const seconds = SECONDS.exec(rest ?? '')?.[1] ?? NAMED_SECONDS.exec(rest ?? '')?.[1];
  return { durationMs: msOfSeconds(seconds), ...attributesOf({ forwardedFor: orNull(forwardedFor), more: rest }) };
}
