import { createHash } from 'node:crypto';

const LEVELS = ['debug', 'info', 'info', 'warning', 'error'];
const FILLER = 'a line that is about as long as lines are in the logs of a service that tells what it does';

export const messageOf = (sender: number, n: number): string => `sender ${sender} record ${n}`;

/** The sender and the number that a stored message names; undefined where no sender wrote it. */
export function readMessage(message: string): { sender: number; n: number } | undefined {
  const [, sender, n] = /^sender (\d+) record (\d+)$/.exec(message) ?? [];
  return n === undefined ? undefined : { sender: Number(sender), n: Number(n) };
}

/** Records `first` to `first + count - 1` of a sender as NDJSON. `bornAtMs`: with a uid and a time of the sender's own, the same each time. */
export function numberedLines(sender: number, first: number, count: number, bornAtMs: number | null): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const n = first + i;
    return JSON.stringify({
      message: messageOf(sender, n),
      level: LEVELS[n % LEVELS.length],
      service: `sender-${sender}`,
      correlation_id: `chain-${sender}-${Math.floor(n / 8)}`,
      n,
      filler: FILLER,
      ...(bornAtMs === null ? {} : { uid: uidOf(sender, n, bornAtMs), timestamp: timestampOf(bornAtMs, i) }),
    });
  });
  return lines.join('\n');
}

function uidOf(...parts: number[]): string {
  const hex = createHash('sha256').update(parts.join(' ')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A microsecond for each record, so that their order is that of their numbers. */
const timestampOf = (ms: number, micros: number): string =>
  `${new Date(ms).toISOString().slice(0, -1)}${String(micros % 1000).padStart(3, '0')}Z`;
