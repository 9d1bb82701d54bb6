import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { ms, quantile, report, timed } from './measure.ts';
import type { Setting } from './setting.ts';

const WARM_UP = 100;
const RECORDS = 300;

/** Sends one record and resolves when a subscriber has it. */
type Deliver = (message: string) => Promise<unknown>;

/**
 * The time from a record's request to its delivery to a websocket subscriber, on an idle server. Compared with the least work
 * that does so: a bare COPY, a commit and a websocket round trip. The two alternate, so that both run under the same load.
 */
export async function benchDelivery(setting: Setting): Promise<void> {
  const url = await setting.createDatabase();
  await using server = await setting.startServer(url);
  await using weir = await openWeir(server.url);
  await using bare = await openBare(url);
  const taken: number[] = [];
  const raw: number[] = [];
  for (let n = -WARM_UP; n < RECORDS; n++) {
    const [ofWeir] = await timed(1, () => weir.deliver(`record ${n}.`));
    const [ofBare] = await timed(1, () => bare.deliver(`record ${n}.`));
    if (n < 0) continue;
    taken.push(ofWeir!);
    raw.push(ofBare!);
  }
  report(
    'one record, request to delivery, median',
    ms(quantile(taken)),
    `COPY + commit + websocket ${ms(quantile(raw))}`,
    quantile(taken) / quantile(raw),
    '3 or less',
  );
  console.log(`${''.padEnd(46)} p99 ${ms(quantile(taken, 0.99))}, raw p99 ${ms(quantile(raw, 0.99))}`);
}

interface Delivery extends AsyncDisposable {
  deliver: Deliver;
}

async function openWeir(url: string): Promise<Delivery> {
  const agent = new Agent({ keepAlive: true });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  const query = 'subscription { tail { logs { message } } }';
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
  await once(socket, 'message');
  let posted = Promise.resolve();
  return {
    deliver(message) {
      const seen = receives(socket, message);
      posted = post(agent, url, JSON.stringify({ message }));
      return seen;
    },
    async [Symbol.asyncDispose]() {
      await posted;
      socket.terminate();
      agent.destroy();
    },
  };
}

const post = (agent: Agent, url: string, body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length };
    request(`${url}/ingest`, { method: 'POST', agent, headers }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end(body);
  });

async function openBare(databaseUrl: string): Promise<Delivery> {
  const server = fork(join(import.meta.dirname, 'bare-delivery.ts'), [databaseUrl]);
  const [port] = (await once(server, 'message')) as [number];
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  return {
    deliver(message) {
      const seen = receives(socket, message);
      socket.send(message);
      return seen;
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      server.disconnect();
    },
  };
}

const receives = (socket: WebSocket, message: string): Promise<void> =>
  new Promise((resolve) => {
    const listen = (data: Buffer): void => {
      if (!data.includes(message)) return;
      socket.off('message', listen);
      resolve();
    };
    socket.on('message', listen);
  });
