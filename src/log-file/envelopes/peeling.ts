import { joined } from '../../log/joined.ts';
import type { Draft } from '../../log/record.ts';
import { byFirst } from '../formats/by-first.ts';
import type { Clock } from '../formats/clock.ts';
import { withoutAnsi } from './ansi.ts';
import { collectorJsonEnvelope } from './collector-json.ts';
import { dockerJsonEnvelope } from './docker-json.ts';
import type { Envelope } from './envelope.ts';
import { fileNameEnvelope, headingEnvelope } from './file-name.ts';
import { criEnvelope, kubectlPrefixEnvelope, sternEnvelope, timestampsEnvelope } from './kubernetes.ts';
import { awsTailEnvelope, flyEnvelope, herokuEnvelope } from './platform.ts';
import { composeEnvelope, foremanEnvelope, pm2Envelope, swarmEnvelope } from './process-manager.ts';

/** Every envelope that Weir peels. The most specific stands first. */
export const ENVELOPES: readonly Envelope[] = [
  criEnvelope,
  kubectlPrefixEnvelope,
  dockerJsonEnvelope,
  collectorJsonEnvelope,
  swarmEnvelope,
  foremanEnvelope,
  pm2Envelope,
  composeEnvelope,
  awsTailEnvelope,
  herokuEnvelope,
  flyEnvelope,
  headingEnvelope,
  fileNameEnvelope,
  sternEnvelope,
  timestampsEnvelope,
];

/** A line without its envelopes. */
export interface Bare {
  text: string;
  source: string;
  outer: Draft | null;
  isPart: boolean;
}

/** Takes off the envelopes, each at most once and in this order. A line without one of them stays as it is. */
export function bareLine(line: string, envelopes: Iterable<Envelope>, clock: Clock): Bare {
  const bare: Bare = { text: withoutAnsi(line), source: '', outer: null, isPart: false };
  for (const envelope of envelopes) {
    const peeled = envelope.peel(bare.text, clock);
    if (!peeled) continue;
    bare.text = withoutAnsi(peeled.line);
    bare.source = bare.source === '' ? peeled.source : `${bare.source} ${peeled.source}`;
    bare.outer = bare.outer ? joined(bare.outer, peeled.outer) : peeled.outer;
    bare.isPart = peeled.isPart ?? false;
  }
  return bare;
}

const sureEnvelopes = byFirst(ENVELOPES.filter(({ isSure }) => isSure));

/** Takes off the envelopes of a line whose neighbours are not known: only those that one line is enough to know. */
export function bareLineAlone(line: string, clock: Clock): Bare {
  const bare = bareLine(line, sureEnvelopes(line), clock);
  return bare.outer ? within(bare, bareLine(bare.text, sureEnvelopes(bare.text), clock)) : bare;
}

function within(outer: Bare, inner: Bare): Bare {
  return inner.outer ? { ...inner, outer: joined(outer.outer!, inner.outer) } : outer;
}
