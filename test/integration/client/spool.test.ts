import { appendFileSync, globSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSetting, type SenderSetting } from '../../support/client/sender.ts';
import { startTestServer, type TestServer, until } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const spoolFiles = ({ folder }: SenderSetting): string[] => globSync(join(folder, '*/*.spool'));
const spooledText = (setting: SenderSetting): string =>
  spoolFiles(setting)
    .map((file) => readFileSync(file, 'latin1'))
    .join('');
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `record ${100 + n}`);

test('while the server is away, records are in the spool within the time of spoolAfterMs, and go when it is back', async () => {
  await using setting = await openSetting(server);
  await setting.front.down();
  const sender = setting.open();
  for (const message of numbered(50)) sender.info(message);
  await until(() => spooledText(setting).includes('record 149'));
  await setting.front.up();
  expect(await setting.stored(50)).toEqual(numbered(50));
  await until(() => spoolFiles(setting).length === 0);
});

test('what a closed sender could not send is sent by the next one, once', async () => {
  await using setting = await openSetting(server);
  await setting.front.down();
  const first = setting.open({ spoolAfterMs: 60_000 });
  for (const message of numbered(50)) first.info(message);
  await first.close();
  expect(spooledText(setting)).toContain('record 149');
  await setting.front.up();
  setting.open();
  expect(await setting.stored(50)).toEqual(numbered(50));
});

test('a batch that was tried keeps its key in the spool: the next sender repeats it, and it is stored once', async () => {
  await using setting = await openSetting(server);
  setting.front.always = 'answer lost';
  const first = setting.open();
  first.info('once');
  await until(() => setting.front.requests.length > 0);
  await first.close();
  setting.front.always = undefined;
  const { length } = setting.front.requests;
  setting.open();
  await until(() => setting.front.requests.length > length && spoolFiles(setting).length === 0);
  expect(await setting.stored(1)).toEqual(['once']);
  expect(new Set(setting.front.requests.map(({ key }) => key)).size).toBe(1);
});

test('a server that does not answer gets no second copy: the batch of the open request is in the spool, and is stored once', async () => {
  await using setting = await openSetting(server);
  setting.front.tricks = ['silent'];
  const sender = setting.open({ requestTimeoutMs: 500 });
  sender.info('slow');
  await until(() => spooledText(setting).includes('slow'));
  expect(setting.front.requests).toHaveLength(1);
  expect(await setting.stored(1)).toEqual(['slow']);
});

test('a torn file loses only what was torn', async () => {
  await using setting = await openSetting(server);
  await setting.front.down();
  const sender = setting.open();
  sender.info('whole');
  await until(() => spooledText(setting).includes('whole'));
  sender.info('torn');
  await until(() => spooledText(setting).includes('torn'));
  await sender.close();
  const [file] = spoolFiles(setting);
  truncateSync(file!, readFileSync(file!).length - 3);
  const garbage = file!.replace('.spool', '-garbage.spool');
  appendFileSync(garbage, 'not a spool at all');
  await setting.front.up();
  setting.open();
  expect(await setting.stored(1)).toEqual(['whole']);
  await until(() => spoolFiles(setting).length === 0);
  expect(setting.problems.map(({ code }) => code)).toContain('SPOOL');
});

test('senders that share a folder do not send what another one has', async () => {
  await using setting = await openSetting(server);
  await setting.front.down();
  const senders = [setting.open(), setting.open(), setting.open()];
  senders.forEach((sender, n) => {
    sender.info(`of sender ${n}`);
  });
  await until(() => spoolFiles(setting).length === 3);
  await setting.front.up();
  expect(await setting.stored(3)).toEqual(['of sender 0', 'of sender 1', 'of sender 2']);
  await until(() => spoolFiles(setting).length === 0);
  expect(await setting.stored(3)).toHaveLength(3);
});

test('what neither memory nor the spool can hold is dropped, and the count is told to the server', async () => {
  await using setting = await openSetting(server);
  await setting.front.down();
  const sender = setting.open({ memoryBytesMax: 20_000, batchBytesMax: 2_000, spoolBytesMax: 20_000 });
  for (let n = 0; n < 1_000; n++) sender.info({ padding: 'x'.repeat(100) }, `record ${n}`);
  await until(() => setting.problems.some(({ code }) => code === 'DROPPED'));
  await setting.front.up();
  const told = await until(async () => (await setting.rows()).find(({ component }) => component === 'weir-client'));
  const { total, buffer_full } = told.attributes!.dropped as { total: number; buffer_full: number };
  expect(buffer_full).toBe(total);
  expect(await setting.stored(1_000 - total + 1)).toHaveLength(1_000 - total + 1);
  expect(total).toBeGreaterThan(500);
});

test('without a spool, memory holds what waits', async () => {
  await using setting = await openSetting(server);
  await setting.front.down();
  const sender = setting.open({ spoolBytesMax: 0 });
  sender.info('in memory');
  await until(() => setting.problems.some(({ code }) => code === 'UNREACHABLE'));
  expect(spoolFiles(setting)).toEqual([]);
  await setting.front.up();
  expect(await setting.stored(1)).toEqual(['in memory']);
});

test('a folder that cannot be used is a problem that the application is told, and records are sent all the same', async () => {
  await using setting = await openSetting(server);
  const sender = setting.open({ spoolFolder: '/dev/null/spool' });
  sender.info('sent');
  expect(await setting.stored(1)).toEqual(['sent']);
  expect(setting.problems).toMatchObject([{ code: 'SPOOL' }]);
});
