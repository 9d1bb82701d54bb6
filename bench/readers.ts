/**
 * Subscribers in a process of their own: `readers.ts URL COUNT FILTERS`; FILTERS 0: sockets that only listen. Each row's message
 * holds `sent <ms>`. Says 'ready' once each has been told where it stands; told `{ rows }`, says what came when each has as many.
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
  /** What one of them was sent. */
  texts: string[];
}

const [url, count, filters] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
const QUERY =
  'subscription ($filter: LogFilter) { tail(filter: $filter) { logs { message service level } cursor skipped } }';
const ROW = Buffer.from('{"message":');
const SENT = Buffer.from('sent ');
const PATIENCE_MS = 60_000;

let standing = 0;
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

function stand(): void {
  if (++standing === count) process.send?.('ready');
}

function take(reader: number, data: Buffer): void {
  const rows = countRows(data);
  if (rows === 0) {
    // The acknowledgement comes first, then where it stands.
    empty[reader]! += 1;
    if (empty[reader] === 2) stand();
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
  if (before < wanted && before + rows >= wanted && ++complete === count) tell();
}

function tell(): void {
  clearTimeout(patience);
  const rows = rowsOf.reduce((sum, one) => sum + one, 0);
  const seconds = (lastAt - firstAt) / 1000;
  process.send?.({ rows, messages, seconds, medianMs: quantile(latencies), p99Ms: quantile(latencies, 0.99), texts });
  [complete, wanted, firstAt, messages, texts, latencies] = [0, Number.POSITIVE_INFINITY, 0, 0, [], []];
  rowsOf.fill(0);
}

let patience: NodeJS.Timeout | undefined;
const sockets = Array.from({ length: count }, (_, reader) => {
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => take(reader, data));
  socket.on('open', () => {
    if (filters === 0) return stand();
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
  patience = setTimeout(tell, PATIENCE_MS);
});
process.on('disconnect', () => {
  for (const socket of sockets) socket.terminate();
  clearTimeout(patience);
});
