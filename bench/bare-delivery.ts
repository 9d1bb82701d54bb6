/**
 * The least work that delivers a durable row, in a process of its own: one COPY, one commit and one response for each message.
 * `bare-delivery.ts DATABASE_URL`; sends its port to the parent process.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { WebSocketServer } from 'ws';

const client = new Client(process.argv[2]!);
await client.connect();
await client.query('create table bare (at timestamptz, message text)');
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false }, () => {
  process.send?.((server.address() as { port: number }).port);
});
server.on('connection', (socket) =>
  socket.on('message', async (data) => {
    const message = String(data);
    await client.query('begin');
    const row = Readable.from([`${new Date().toISOString()}\t${message}\n`]);
    await pipeline(row, client.query(copyFrom('copy bare from stdin')));
    await client.query('commit');
    socket.send(message);
  }),
);
process.on('disconnect', () => process.exit());
