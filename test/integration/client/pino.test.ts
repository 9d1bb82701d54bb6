import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Problem } from '../../../client/src/index.ts';
import pinoTransport from '../../../client/src/pino.ts';
import { openSetting, QUICK, type SenderSetting } from '../../support/client/sender.ts';
import { startTestServer, type TestServer, until } from '../../support/server.ts';

const TARGET = join(import.meta.dirname, '../../../client/src/pino.ts');
const APP = join(import.meta.dirname, '../../support/client/pino-app.ts');
const COUNT = 500;
/** A slow machine too may answer before the lines go to the spool. */
const PATIENT = { spoolAfterMs: 600_000, closeTimeoutMs: 8_000 };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const optionsOf = ({ front, folder, service }: SenderSetting) => ({ url: front.url, spoolFolder: folder, service });

function openLogger(setting: SenderSetting, options: object = {}) {
  const transport = pino.transport({ target: TARGET, options: { ...optionsOf(setting), ...QUICK, ...options } });
  const problems: Problem[] = [];
  transport.on('problem', (problem: Problem) => problems.push(problem));
  const close = async (): Promise<void> => {
    transport.end();
    await new Promise((resolve) => transport.once('close', resolve));
  };
  return { log: pino(transport), problems, [Symbol.asyncDispose]: close };
}

/** Runs the application; it may fail, where it throws or kills itself. */
const runApp = (setting: SenderSetting, how: string, options: object = {}): Promise<unknown> =>
  promisify(execFile)(process.execPath, [APP, how, String(COUNT)], {
    env: { ...process.env, OPTIONS: JSON.stringify({ ...optionsOf(setting), ...options }) },
  }).catch((error) => error);

test("pino's lines arrive as they are", async () => {
  await using setting = await openSetting(server);
  await using logger = openLogger(setting);
  logger.log.info({ order: { id: 7, name: 'bücher – 書' } }, 'paid');
  logger.log.error(new Error('no stock'));
  expect(await setting.stored(2)).toEqual(['no stock', 'paid']);
  const [paid, failed] = await setting.rows();
  expect(paid).toMatchObject({ severity_number: 9, attributes: { order: { id: 7, name: 'bücher – 書' } } });
  expect(failed).toMatchObject({ severity_number: 17, error_type: 'Error' });
});

test('many lines, longer and shorter than the buffer between the threads, all arrive once', async () => {
  await using setting = await openSetting(server);
  await using logger = openLogger(setting);
  for (let n = 0; n < 20_000; n++) logger.log.info({ n, padding: 'é'.repeat(n % 300) }, 'short');
  logger.log.info({ padding: '書'.repeat(100_000) }, 'long');
  const messages = await setting.stored(20_001);
  expect(messages).toHaveLength(20_001);
  const numbers = (await setting.rows()).flatMap(({ attributes }) => (attributes!.n as number) ?? []);
  expect(new Set(numbers).size).toBe(20_000);
  expect(logger.problems).toEqual([]);
});

test("pino's worker reads no further line before a rest, so that the main thread seldom wakes it", async () => {
  await using setting = await openSetting(server);
  const stream = pinoTransport({ ...optionsOf(setting), ...PATIENT });
  const line = (n: number): string => `${JSON.stringify({ level: 30, time: Date.now(), msg: `line ${n}` })}\n`;
  for (let n = 0; n < 3; n++) {
    expect(stream.write(line(n))).toBe(false);
    await once(stream, 'drain');
  }
  // As beside other targets: nobody waits for `drain`.
  for (let n = 3; n < 100; n++) stream.write(line(n));
  stream.end();
  await once(stream, 'close');
  await using _next = openLogger(setting);
  expect(await setting.stored(100)).toHaveLength(100);
});

test.each(['of its own accord', 'process.exit', 'an uncaught exception', 'a handled SIGTERM', 'flush'])(
  'an application that ends by: %s, has sent every line',
  async (how) => {
    await using setting = await openSetting(server);
    await runApp(setting, how, PATIENT);
    expect(await setting.stored(COUNT)).toHaveLength(COUNT);
  },
);

test.each(['process.exit', 'an uncaught exception'])(
  'with the server away, an application that ends by: %s, leaves its lines in the spool, and its next start sends them',
  async (how) => {
    await using setting = await openSetting(server);
    await setting.front.down();
    await runApp(setting, how);
    await setting.front.up();
    expect(await setting.rows()).toEqual([]);
    await using _next = openLogger(setting);
    expect(await setting.stored(COUNT)).toHaveLength(COUNT);
  },
);

test('beside another target of pino, every line arrives and the end waits for both', async () => {
  await using setting = await openSetting(server);
  const transport = pino.transport({
    targets: [
      { target: TARGET, level: 'info', options: { ...optionsOf(setting), flushAfterMs: 60_000, closeTimeoutMs: 500 } },
      { target: 'pino/file', options: { destination: '/dev/null' } },
    ],
  });
  const log = pino({ level: 'debug' }, transport);
  log.debug('below the level');
  for (let n = 0; n < COUNT; n++) log.info(`line ${n}`);
  // `end` waits for the worker, which waits for an answer of the front, which is in this thread: the lines go to the spool.
  transport.end();
  await new Promise((resolve) => transport.once('close', resolve));
  await using _next = openLogger(setting);
  expect(await setting.stored(COUNT)).toHaveLength(COUNT);
});

test('a problem is an event of the transport', async () => {
  await using setting = await openSetting(server);
  setting.front.tricks = [{ status: 401 }];
  await using logger = openLogger(setting);
  logger.log.info('kept');
  await until(() => logger.problems.some(({ code }) => code === 'REFUSED'));
  expect(await setting.stored(1)).toEqual(['kept']);
});
