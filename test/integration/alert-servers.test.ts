import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { scrape } from '../support/metrics.ts';
import { startReceiver } from '../support/receivers.ts';
import { remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';
import { makeDue, readDeliveries, storeAlert, storeEvent, storeNotifier } from '../support/stored-alerts.ts';

/** A secret of a URL. */
const MARK = 'marked-token-7281';
const FIRED = { kind: 'FIRED', minute: 0 } as const;

test('a notification whose server is killed is sent by the next one, with the same key, and never by a proxy', async () => {
  await using proxy = await startReceiver();
  await using target = await startReceiver((response, _, number) => {
    // The first server is killed while it waits for this response.
    if (number > 0) response.writeHead(200).end();
  });
  await using database = await createTestDatabase();
  const dataDir = await temporaryFolder();
  const settings = {
    LOGS_DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    ALERT_ALLOW_PRIVATE: '127.0.0.0/8',
    LOG_LEVEL: 'trace',
    ...{ NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, http_proxy: proxy.url },
  };
  const notifier = await storeNotifier(database.sql, { name: 'hook', target: `${target.url}/${MARK}` });
  await storeEvent(database.sql, await storeAlert(database.sql, 'a'), FIRED, [notifier]);
  {
    await using server = await spawnServer(settings);
    await target.got(1);
    server.process.kill('SIGKILL');
    await server.exited;
    expect(server.stdout() + server.stderr()).not.toContain(MARK);
  }
  expect(await readDeliveries(database.sql)).toMatchObject([{ attempts: 1, isDelivered: false, isWaiting: true }]);
  // The lease of the killed server would end after half a minute.
  await makeDue(database.sql);
  await using _ = await spawnServer(settings);
  await target.got(2);
  await until(async () => (await readDeliveries(database.sql))[0]!.isDelivered);
  const [first, second] = target.received.map(({ headers }) => headers['idempotency-key']);
  expect(first).toBe(second);
  expect(proxy.received).toEqual([]);
  await remove(dataDir);
});

test('a target that does not work is in health and in the metrics until it works', async () => {
  let status = 500;
  await using target = await startReceiver((response) => response.writeHead(status).end());
  await using server = await startTestServer({ ALERT_ALLOW_PRIVATE: '127.0.0.1', METRICS: 'open' });
  const { sql } = server.database;
  const notifier = await storeNotifier(sql, { name: 'pager', target: `${target.url}/secret` });
  await storeEvent(sql, await storeAlert(sql, 'a'), FIRED, [notifier]);
  const problems = async () => {
    const { data } = await server.query<{ health: { problems: object[] } }>('{ health { problems { code message } } }');
    return data!.health.problems;
  };
  for (const attempts of [1, 2, 3]) {
    await until(async () => {
      const [delivery] = await readDeliveries(sql);
      return delivery!.attempts === attempts && delivery!.error !== null && delivery!.waitSeconds! < 25;
    });
    if (attempts < 3) await makeDue(sql);
  }
  const message = 'The notifier "pager" does not work: status 500. 1 notifications wait and are tried again for a day.';
  await until(async () => JSON.stringify(await problems()).includes('NOTIFIER_FAILING'));
  expect(await problems()).toContainEqual({ code: 'NOTIFIER_FAILING', message });
  const series = await scrape(server.url);
  expect(series.get('weir_alert_deliveries_total{kind="webhook",outcome="failed"}')).toBe(3);
  expect(series.get('weir_alert_deliveries_waiting')).toBe(1);
  status = 204;
  await makeDue(sql);
  await until(async () => !JSON.stringify(await problems()).includes('NOTIFIER_FAILING'));
  expect((await scrape(server.url)).get('weir_alert_deliveries_total{kind="webhook",outcome="delivered"}')).toBe(1);
});
