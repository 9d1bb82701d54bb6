/**
 * Subscribers in a process of their own: `readers.ts URL COUNT FILTERS`. With FILTERS 0 the sockets only listen. Each row's
 * message contains `sent <ms>`. The process sends 'ready' when every subscription has started. On `{ rows }`, it waits until
 * every subscriber has this many rows, then sends what was delivered.
 */
import { WebSocket } from 'ws';
import { quantile } from './measure.ts';

export interface Delivered {
  rows: number;
  messages: number;
  /** From the first message to the last. */
  seconds: number;
  medianMs: number;
  p99Ms: number;
  /** The messages of the first subscriber. */
  texts: string[];
}

const [url, count, filters] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
const QUERY =
  'subscription ($filter: LogFilter) { tail(filter: $filter) { logs { message service level } cursor skipped } }';
const ROW = Buffer.from('{"message":');
const SENT = Buffer.from('sent ');
const DEADLINE_MS = 60_000;

let started = 0;
let complete = 0;
let wanted = Number.POSITIVE_INFINITY;
let firstAt = 0;
let lastAt = 0;
let messages = 0;
let texts: string[] = [];
let latencies: number[] = [];
const rowsOf: number[] = Array(count).fill(0);
const empty: number[] = Array(count).fill(0);

function countRows(data: Buffer): number {
  let rows = 0;
  for (let at = data.indexOf(ROW); at !== -1; at = data.indexOf(ROW, at + ROW.length)) rows++;
  return rows;
}

function countStarted(): void {
  if (++started === count) process.send?.('ready');
}

function take(reader: number, data: Buffer): void {
  const rows = countRows(data);
  if (rows === 0) {
    // The acknowledgement comes first, then an empty batch with the position of the subscription.
    empty[reader]! += 1;
    if (empty[reader] === 2) countStarted();
    return;
  }
  const now = Date.now();
  firstAt ||= performance.now();
  lastAt = performance.now();
  messages++;
  const sentAt = data.indexOf(SENT) + SENT.length;
  latencies.push(now - Number(data.toString('latin1', sentAt, sentAt + 13)));
  if (reader === 0) texts.push(String(data));
  const before = rowsOf[reader]!;
  rowsOf[reader] = before + rows;
  if (before < wanted && before + rows >= wanted && ++complete === count) sendResult();
}

function sendResult(): void {
  clearTimeout(deadline);
  const rows = rowsOf.reduce((sum, one) => sum + one, 0);
  const seconds = (lastAt - firstAt) / 1000;
  process.send?.({ rows, messages, seconds, medianMs: quantile(latencies), p99Ms: quantile(latencies, 0.99), texts });
  [complete, wanted, firstAt, messages, texts, latencies] = [0, Number.POSITIVE_INFINITY, 0, 0, [], []];
  rowsOf.fill(0);
}

let deadline: NodeJS.Timeout | undefined;
const sockets = Array.from({ length: count }, (_, reader) => {
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => take(reader, data));
  socket.on('open', () => {
    if (filters === 0) return countStarted();
    const variables = filters > 1 ? { filter: { services: [`s${reader % filters}`] } } : {};
    socket.send('{"type":"connection_init"}');
    socket.once('message', () => {
      socket.send(JSON.stringify({ id: String(reader), type: 'subscribe', payload: { query: QUERY, variables } }));
    });
  });
  return socket;
});

process.on('message', ({ rows }: { rows: number }) => {
  wanted = rows;
  deadline = setTimeout(sendResult, DEADLINE_MS);
});
process.on('disconnect', () => {
  for (const socket of sockets) socket.terminate();
  clearTimeout(deadline);
});
