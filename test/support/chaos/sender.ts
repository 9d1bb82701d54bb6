import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { numberedLines } from './numbered.ts';
import { type Outcome, post } from './post.ts';

/**
 * What a sender does without a 200: `never` goes on with other records; `by key` and `by uid` send the same again until
 * it is taken, under the same Idempotency-Key or with uids and timestamps of the records' own.
 */
export type Repeat = 'never' | 'by key' | 'by uid';
export const REPEATS: readonly Repeat[] = ['never', 'by key', 'by uid'];

/** One request's records, and its last outcome. */
export interface Sent {
  sender: number;
  first: number;
  count: number;
  /** A 200 that accepts other than `count` records is `miscounted`; an answer that is no 200, `refused`. */
  outcome: 'acknowledged' | 'miscounted' | 'refused' | 'unanswered';
  durability: string | null;
  tries: Outcome[];
}

interface SenderOptions {
  url: string;
  number: number;
  repeat: Repeat;
  /** Records in one request, at most 1,000. */
  records: number;
  pauseMs: number;
  /** Waits after a 503 as its Retry-After says; else only `pauseMs`. */
  patient?: boolean;
  timeoutMs?: number;
  /** Called as soon as a request is acknowledged. */
  onAcknowledged?: () => void;
}

interface Sender extends AsyncDisposable {
  sent: Sent[];
  /** Begins no more requests; resolves when the one under way has its end. */
  stop(): Promise<void>;
}

const PAUSE_AFTER_BREAK_MS = 50;
const REQUEST_TIMEOUT_MS = 90_000;
/** So that keys of one run are not those of another on the same database. */
const RUN = randomUUID();

/** Posts numbered records over one connection, one request after the other, and writes down what became of each. */
function startSender(options: SenderOptions): Sender {
  const { url, number, repeat, records, pauseMs, patient = true, timeoutMs = REQUEST_TIMEOUT_MS } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const stopping = new AbortController();
  const giveUp = new AbortController();
  const sent: Sent[] = [];
  let bornAtMs = 0;

  async function send(first: number): Promise<void> {
    bornAtMs = Math.max(Date.now(), bornAtMs + 1);
    const body = numberedLines(number, first, records, repeat === 'by uid' ? bornAtMs : null);
    const key = repeat === 'by key' ? `${RUN}-${number}-${first}` : null;
    const request: Sent = { sender: number, first, count: records, outcome: 'unanswered', durability: null, tries: [] };
    sent.push(request);
    do {
      const outcome = await post(url, body, { agent, key, timeoutMs });
      request.tries.push(outcome);
      Object.assign(request, judge(outcome, records));
      if (request.outcome === 'acknowledged') options.onAcknowledged?.();
      const over = repeat === 'never' ? stopping.signal : giveUp.signal;
      await sleep(pauseAfter(outcome), undefined, { signal: over }).catch(() => {});
    } while (repeat !== 'never' && isWorthRepeating(request) && !giveUp.signal.aborted);
  }

  function pauseAfter(outcome: Outcome): number {
    if (outcome.status === null) return Math.max(pauseMs, PAUSE_AFTER_BREAK_MS);
    return patient && outcome.retryAfter ? Number(outcome.retryAfter) * 1000 : pauseMs;
  }

  const running = (async () => {
    for (let first = 0; !stopping.signal.aborted; first += records) await send(first);
    agent.destroy();
  })();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return {
    sent,
    stop,
    async [Symbol.asyncDispose]() {
      giveUp.abort();
      agent.destroy();
      await stop();
    },
  };
}

const isWorthRepeating = ({ outcome, tries }: Sent): boolean =>
  outcome === 'unanswered' || (outcome === 'refused' && tries.at(-1)!.status! >= 500);

function judge(outcome: Outcome, count: number): Pick<Sent, 'outcome' | 'durability'> {
  if (outcome.status === null) return { outcome: 'unanswered', durability: null };
  if (outcome.status !== 200) return { outcome: 'refused', durability: null };
  const { accepted, durability } = JSON.parse(outcome.body) as { accepted: number; durability: string };
  return { outcome: accepted === count ? 'acknowledged' : 'miscounted', durability };
}

/** Several senders, numbered from 1. Disposing them ends what they have under way. */
export interface Senders extends AsyncDisposable {
  /** All requests of all of them, also while they send. */
  sent(): Sent[];
  stop(): Promise<void>;
}

/** They share their options but for what `vary` says; each has the next of `repeats`. */
export function startSenders(
  count: number,
  { repeats, ...options }: Omit<SenderOptions, 'number' | 'repeat'> & { repeats: readonly Repeat[] },
  vary: (number: number) => Partial<SenderOptions> = () => ({}),
): Senders {
  const all = Array.from({ length: count }, (_, i) => i + 1).map((number) =>
    startSender({ ...options, number, repeat: repeats[number % repeats.length]!, ...vary(number) }),
  );
  return {
    sent: () => all.flatMap((sender) => sender.sent),
    stop: async () => void (await Promise.all(all.map((sender) => sender.stop()))),
    [Symbol.asyncDispose]: async () => void (await Promise.all(all.map((sender) => sender[Symbol.asyncDispose]()))),
  };
}

export const acknowledged = (sent: Sent[]): Sent[] => sent.filter(({ outcome }) => outcome === 'acknowledged');

/** How many requests had which end, for a history. */
export function summary(sent: Sent[]): string {
  const ends = Map.groupBy(sent, ({ outcome, durability }) => `${outcome}${durability ? ` ${durability}` : ''}`);
  const slowest = Math.max(0, ...sent.flatMap(({ tries }) => tries.map(({ ms }) => ms)));
  const counts = [...ends].map(([end, requests]) => `${requests.length} ${end}`).join(', ');
  return `${sent.length} requests: ${counts}; the slowest answer took ${Math.round(slowest)} ms`;
}
