import type { Draft } from '../../log/record.ts';
import type { Envelope } from './envelope.ts';
import { ISO, readIso } from './timestamp.ts';

const CRI = new RegExp(`^(${ISO}) (stdout|stderr) ([PF])(?::\\S*)?(?: (.*))?$`, 's');

/** `2024-05-06T07:08:09.1Z stdout F line`, as container runtimes write files. `P`: the line goes on in the next one of its stream. */
export const criEnvelope: Envelope = {
  name: 'container runtime (CRI)',
  first: /\d/,
  shareMin: 0.5,
  isSure: true,
  peel(line, clock) {
    const m = CRI.exec(line);
    const timestamp = m && readIso(m[1]!, clock);
    if (!m || !timestamp) return undefined;
    const stream = m[2]!;
    return { line: m[4] ?? '', source: stream, outer: { timestamp, attributes: { stream } }, isPart: m[3] === 'P' };
  },
};

const PREFIX = /^\[pod\/([\w.-]{1,253})\/([\w.-]{1,253})\](?: (.*))?$/s;

/** `[pod/api-7d9f8b6c5-x2x9z/api] line`, of `kubectl logs --prefix`. */
export const kubectlPrefixEnvelope: Envelope = {
  name: 'kubectl --prefix',
  first: /\[/,
  shareMin: 0.5,
  isSure: true,
  peel(line) {
    const m = PREFIX.exec(line);
    if (!m) return undefined;
    const [, pod, container, rest = ''] = m as unknown as [string, string, string, string?];
    return { line: rest, source: `${pod}/${container}`, outer: podDraft(pod, container) };
  },
};

const TIMESTAMPS = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d))(?: (.*))?$/s;

/** `2024-05-06T07:08:09.123456789Z line`, of `kubectl logs --timestamps` and `docker logs -t`: always nine digits. */
export const timestampsEnvelope: Envelope = {
  name: 'timestamped',
  first: /\d/,
  shareMin: 0.9,
  isWeak: true,
  peel(line, clock) {
    const m = TIMESTAMPS.exec(line);
    const timestamp = m && readIso(m[1]!, clock);
    return m && timestamp ? { line: m[2] ?? '', source: '', outer: { timestamp } } : undefined;
  },
};

/** The names that Kubernetes gives to pods of deployments, daemon sets, stateful sets and jobs end so. */
const POD = String.raw`[a-z0-9](?:[a-z0-9.-]{0,240}[a-z0-9])?-(?:[bcdfghjklmnpqrstvwxz2456789]{5}|\d{1,4})`;
const STERN = new RegExp(`^(?:([a-z0-9][a-z0-9-]{0,62}) )?(${POD}) ([a-z0-9][a-z0-9-]{0,62})(?: (.*))?$`, 's');

/** `api-7d9f8b6c5-x2x9z api line`, of `stern`; with `-A`, the namespace stands before it. */
export const sternEnvelope: Envelope = {
  name: 'stern',
  first: /[a-z0-9]/,
  shareMin: 0.7,
  isWeak: true,
  peel(line) {
    const m = STERN.exec(line);
    if (!m) return undefined;
    const [, namespace, pod, container, rest = ''] = m as unknown as [string, string?, string?, string?, string?];
    const outer = podDraft(pod!, container!, namespace);
    return { line: rest, source: `${pod}/${container}`, outer };
  },
};

/** The service is what the pod was made by: its name without the parts that differ between pods of one kind. */
const podDraft = (pod: string, container: string, namespace?: string): Draft => ({
  service: workloadOf(pod),
  attributes: { ...(namespace === undefined ? {} : { namespace }), pod, container },
});

const workloadOf = (pod: string): string =>
  pod.replace(/(?:-[bcdfghjklmnpqrstvwxz2456789]{1,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$|-\d{1,4}$/, '') || pod;
