/**
 * A tail of everything in a process of its own: `follower.ts URL`. It sends 'ready' to the parent process when the subscription
 * has started, and what came so far for each message from there.
 */
import { WebSocket } from 'ws';

export interface Followed {
  rows: number;
  skipped: number;
}

const QUERY = 'subscription { tail { logs { timestamp level service component message } skipped } }';
const ROW = Buffer.from('{"timestamp":');
const SKIPPED = /"skipped":(\d+)/;
const SKIPPED_LENGTH_MAX = 60;

const followed: Followed = { rows: 0, skipped: 0 };
let isReady = false;
const socket = new WebSocket(process.argv[2]!, 'graphql-transport-ws', { perMessageDeflate: false });
socket.on('open', () => socket.send('{"type":"connection_init"}'));
socket.on('message', (data: Buffer) => {
  const text = data.toString('latin1', Math.max(0, data.length - SKIPPED_LENGTH_MAX));
  if (text.includes('connection_ack'))
    return socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY } }));
  followed.skipped += Number(SKIPPED.exec(text)?.[1] ?? 0);
  for (let at = data.indexOf(ROW); at !== -1; at = data.indexOf(ROW, at + ROW.length)) followed.rows++;
  // The first batch is empty and says where the tail starts.
  if (!isReady) process.send?.('ready');
  isReady = true;
});
process.on('message', () => process.send?.(followed));
process.on('disconnect', () => socket.terminate());
