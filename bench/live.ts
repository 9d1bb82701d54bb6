import { createClient } from 'graphql-ws';
import { bareCopy } from './ingest.ts';
import { ms, quantile, report, timed } from './measure.ts';
import type { Setting } from './setting.ts';

const RECORDS = 300;

/** From a record's post to its delivery to a websocket subscriber on an idle server, beside a bare COPY + commit. */
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
  const raw = await bareCopy(url, RECORDS);
  report(
    'one record, post to delivery, median',
    ms(quantile(taken)),
    `COPY + commit ${ms(quantile(raw))}`,
    quantile(taken) / quantile(raw),
    '3 or less',
  );
  console.log(`${''.padEnd(46)} p99 ${ms(quantile(taken, 0.99))}, COPY + commit p99 ${ms(quantile(raw, 0.99))}`);
  await client.dispose();
}
