import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RecordLog, withContext } from '../../../client/src/index.ts';
import { openSetting } from '../../support/client/sender.ts';
import { startTestServer, type TestServer, until } from '../../support/server.ts';

const LONG_MS = 60_000;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('a record has its fields, those of its context, and the service, environment and version of the sender', async () => {
  await using setting = await openSetting(server);
  const sender = setting.open({ environment: 'staging', deploymentVersion: '1.4.2', fields: { region: 'eu' } });
  const log: RecordLog = sender;
  withContext({ correlation_id: 'c-1' }, () => log.info({ order: 7 }, 'paid'));
  sender.warn('slow', { component: 'db' });
  sender.child({ component: 'billing' }).info('charged');
  await setting.stored(3);
  const byMessage = Object.fromEntries((await setting.rows()).map((row) => [row.message, row]));
  expect(byMessage.paid).toMatchObject({
    service: setting.service,
    environment: 'staging',
    deployment_version: '1.4.2',
    correlation_id: 'c-1',
    severity_number: 9,
    attributes: { order: 7, region: 'eu' },
  });
  expect(byMessage.slow).toMatchObject({ component: 'db', severity_number: 13 });
  expect(byMessage.charged).toMatchObject({ component: 'billing', attributes: { region: 'eu' } });
});

test('records below the level are not sent, and an error is sent at once with what waits', async () => {
  await using setting = await openSetting(server);
  const sender = setting.open({ flushAfterMs: LONG_MS, spoolAfterMs: LONG_MS });
  sender.debug('hidden');
  sender.info('waits');
  sender.error(Object.assign(new Error('no stock'), { code: 'E_STOCK' }), 'failed');
  expect(await setting.stored(2)).toEqual(['failed', 'waits']);
  const [row] = (await setting.rows()).filter(({ message }) => message === 'failed');
  expect(row).toMatchObject({ error_type: 'Error', severity_number: 17 });
});

test('many records go in few requests, compressed, over a kept connection', async () => {
  await using setting = await openSetting(server);
  const sender = setting.open({ flushAfterMs: 500 });
  for (let n = 0; n < 3_000; n++) sender.info({ n }, 'a record like many others');
  await sender.flush();
  await setting.stored(3_000);
  expect(setting.front.requests).toHaveLength(1);
  expect(setting.front.requests[0]!.encoding).toBe('gzip');
});

test('many errors at once do not make a request each', async () => {
  await using setting = await openSetting(server);
  const sender = setting.open();
  for (let n = 0; n < 500; n++) sender.error(`error ${n}`);
  await setting.stored(500);
  expect(setting.front.requests.length).toBeLessThan(20);
});

test('what JSON cannot hold is described, and never thrown into the application', async () => {
  await using setting = await openSetting(server);
  const sender = setting.open();
  const circle: Record<string, unknown> = { big: 10n };
  circle.self = circle;
  sender.info({ circle }, 'circle');
  const trap = {
    toJSON() {
      throw new Error('trap');
    },
  };
  sender.info({ trap }, 'trap');
  expect(await setting.stored(2)).toEqual(['circle', 'trap']);
  const [row] = await setting.rows();
  expect(row!.attributes).toEqual({ circle: { big: '10', self: '[Circular]' } });
});

test('without an address nothing is sent, and the application is told', async () => {
  await using setting = await openSetting(server);
  const sender = setting.open({ url: '' });
  sender.error('nobody reads it');
  await sender.close();
  expect(setting.problems).toMatchObject([{ code: 'OPTIONS' }]);
  expect(setting.front.requests).toEqual([]);
});

test('a batch whose answer was lost is sent again under its key, and is stored once', async () => {
  await using setting = await openSetting(server);
  setting.front.tricks = ['answer lost', 'answer lost'];
  const sender = setting.open();
  sender.info('once');
  await until(() => setting.front.requests.length === 3);
  await sender.flush();
  sender.info('after');
  expect(await setting.stored(2)).toEqual(['after', 'once']);
  expect(new Set(setting.front.requests.slice(0, 3).map(({ key }) => key)).size).toBe(1);
  expect((await setting.rows())[0]!.attributes).toEqual({});
});

test('a batch whose answer was lost longer ago than the server knows its key says that it may be a repeat', async () => {
  await using setting = await openSetting(server);
  setting.front.tricks = ['answer lost'];
  const sender = setting.open({ keyLifetimeMs: 1, retryFirstMs: 100 });
  sender.info({ order: 7 }, 'twice');
  expect(await setting.stored(2)).toEqual(['twice', 'twice']);
  expect((await setting.rows()).map(({ attributes }) => attributes)).toEqual(
    expect.arrayContaining([{ order: 7 }, { order: 7, possibly_repeated: true }]),
  );
});

test('a batch that was surely not stored is no repeat, however old', async () => {
  await using setting = await openSetting(server);
  setting.front.tricks = [{ status: 429 }];
  const sender = setting.open({ keyLifetimeMs: 1, retryFirstMs: 100 });
  sender.info('plain');
  await setting.stored(1);
  expect((await setting.rows())[0]!.attributes).toEqual({});
});

test.each([429, 503])('after a %i, the sender waits as Retry-After says', async (status) => {
  await using setting = await openSetting(server);
  setting.front.tricks = [{ status, headers: { 'retry-after': '1' } }];
  const sender = setting.open();
  sender.info('later');
  await setting.stored(1);
  const [first, second] = setting.front.requests.map(({ at }) => at);
  expect(second! - first!).toBeGreaterThanOrEqual(990);
});

test('records wait while a key is refused, and go when the server accepts it', async () => {
  await using setting = await openSetting(server);
  setting.front.always = { status: 401 };
  const sender = setting.open();
  sender.info('patient');
  await until(() => setting.front.requests.length >= 3);
  expect(setting.problems).toMatchObject([{ code: 'REFUSED' }]);
  setting.front.always = undefined;
  expect(await setting.stored(1)).toEqual(['patient']);
});

test('rejected records are dropped, counted, and told to the server as a record', async () => {
  await using setting = await openSetting(server);
  const sender = setting.open();
  sender.info({ time: '2999-01-01T00:00:00Z' }, 'from the future');
  await until(() => setting.problems.length > 0);
  sender.info({ time: '2999-01-01T00:00:00Z' }, 'from the future, too');
  sender.info('good');
  await setting.stored(3);
  const told = (await setting.rows()).filter(({ component }) => component === 'weir-client');
  expect(told.length).toBeGreaterThan(0);
  expect(told.every(({ severity_number }) => severity_number === 13)).toBe(true);
  const counts = told.map(({ attributes }) => attributes!.dropped as { total: number; rejected: number });
  expect(counts.reduce((sum, { rejected }) => sum + rejected, 0)).toBe(2);
});

test('a server that rejects every record gets no stream of records that tell so', async () => {
  await using setting = await openSetting(server);
  setting.front.always = { status: 200, body: '{"accepted":0}' };
  const sender = setting.open();
  sender.info('rejected');
  await until(() => setting.problems.some(({ code }) => code === 'DROPPED'));
  sender.info('rejected, too');
  await sender.flush();
  expect(setting.front.requests).toHaveLength(2);
});

test('a batch that is too large for the server is split until it fits, and only a record that is too large is dropped', async () => {
  await using small = await startTestServer({ INGEST_BODY_BYTES: '4096' });
  await using setting = await openSetting(small);
  const sender = setting.open({ flushAfterMs: 300 });
  const lines = Array.from({ length: 100 }, (_, n) => `record ${100 + n} ${'x'.repeat(200)}`);
  for (const line of lines) sender.info(line);
  sender.info(`giant ${'x'.repeat(8_000)}`);
  const messages = await setting.stored(101);
  expect(messages).toEqual([...lines, 'weir-client dropped 1 log records']);
  const told = (await setting.rows()).find(({ component }) => component === 'weir-client');
  expect(told!.attributes).toEqual({ dropped: { total: 1, rejected: 1 } });
});
