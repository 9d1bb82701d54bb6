import { once } from 'node:events';
import { createServer } from 'node:http';
import { createClient } from 'graphql-ws';
import { type WebSocket as Socket, WebSocketServer } from 'ws';
import { bareCopy } from './ingest.ts';
import { ms, quantile, report, timed } from './measure.ts';
import type { Setting } from './setting.ts';

const RECORDS = 300;

/** From a record's post to its delivery to a websocket subscriber on an idle server, beside a bare COPY + commit and a round trip. */
export async function benchDelivery(setting: Setting): Promise<void> {
  const url = await setting.createDatabase();
  await using server = await setting.startServer(url);
  const client = createClient({ url: `${server.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
  const tail = client.iterate<{ tail: { logs: { message: string }[] } }>({
    query: 'subscription { tail { logs { message } } }',
  });
  await tail.next();
  const deliver = async (n: number): Promise<void> => {
    const posted = server.ingest(JSON.stringify({ message: `record ${n}` }));
    for (let seen = false; !seen; ) {
      const { value } = await tail.next();
      seen = value?.data?.tail.logs.some((log: { message: string }) => log.message === `record ${n}`) ?? false;
    }
    await posted;
  };
  await timed(20, (n) => deliver(-n - 1));
  const taken = await timed(RECORDS, deliver);
  await client.dispose();
  const copies = await bareCopy(url, RECORDS);
  const trips = await roundTrips(RECORDS);
  const raw = copies.map((copy, n) => copy + trips[n]!);
  report(
    'one record, post to delivery, median',
    ms(quantile(taken)),
    `COPY + commit + websocket ${ms(quantile(raw))}`,
    quantile(taken) / quantile(raw),
    '3 or less',
  );
  console.log(`${''.padEnd(46)} p99 ${ms(quantile(taken, 0.99))}, raw p99 ${ms(quantile(raw, 0.99))}`);
}

/** Milliseconds of each of `times` messages to a bare websocket server and back. */
async function roundTrips(times: number): Promise<number[]> {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on('connection', (socket: Socket) => socket.on('message', (data) => socket.send(String(data))));
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as { port: number }).port}`);
  await new Promise((resolve) => client.addEventListener('open', resolve));
  try {
    return await timed(times, (n) => {
      const answered = new Promise((resolve) => client.addEventListener('message', resolve, { once: true }));
      client.send(`record ${n}`);
      return answered;
    });
  } finally {
    client.close();
    sockets.close();
    http.close();
  }
}
