import { afterAll, beforeAll, expect, test } from 'vitest';
import winston from 'winston';
import { withContext } from '../../../client/src/context.ts';
import { WeirTransport } from '../../../client/src/winston.ts';
import { openSetting, QUICK, type SenderSetting } from '../../support/client/sender.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const createLogger = ({ front, folder, service }: SenderSetting, options: winston.LoggerOptions = {}) =>
  winston.createLogger({
    level: 'silly',
    transports: [new WeirTransport({ url: front.url, spoolFolder: folder, service, ...QUICK })],
    ...options,
  });

test('records of winston arrive with their levels, fields and context, whatever the formats do for people', async () => {
  await using setting = await openSetting(server);
  const { combine, colorize, errors, json, timestamp } = winston.format;
  const format = combine(errors({ stack: true }), timestamp(), colorize(), json());
  const log = createLogger(setting, { format });
  withContext({ correlation_id: 'c-7' }, () => log.info('paid', { order: 7 }));
  log.http('GET /');
  log.error(new Error('no stock'));
  await setting.stored(3);
  const byMessage = Object.fromEntries((await setting.rows()).map((row) => [row.message, row]));
  expect(byMessage.paid).toMatchObject({ correlation_id: 'c-7', severity_number: 9, attributes: { order: 7 } });
  expect(byMessage['GET /']).toMatchObject({ severity_number: 9 });
  expect(byMessage['no stock']).toMatchObject({
    severity_number: 17,
    stack_trace: expect.stringContaining('no stock'),
  });
  log.end();
});

test('the end of the logger sends what waits', async () => {
  await using setting = await openSetting(server);
  const log = createLogger(setting, {
    transports: [
      new WeirTransport({
        url: setting.front.url,
        spoolFolder: setting.folder,
        service: setting.service,
        flushAfterMs: 60_000,
      }),
    ],
  });
  log.info('last words');
  log.end();
  expect(await setting.stored(1)).toEqual(['last words']);
});
