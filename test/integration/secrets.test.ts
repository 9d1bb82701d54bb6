import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hideSecrets, secretsOf, shownError } from '../../src/secrets.ts';
import { createTestDatabase, serverUrl } from '../support/database.ts';
import { needs } from '../support/needs.ts';
import { freePort } from '../support/port.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { remove, spawnServer, spawnWeir, temporaryFolder, until } from '../support/server.ts';

/** A password that stands nowhere else. */
const MARK = 'marked-pa55word-7281';
const DEBUG = { LOG_LEVEL: 'trace', WEIR_DEBUG: '1' };

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => remove(folder));

const withPassword = (url: string): string => Object.assign(new URL(url), { password: MARK }).href;

/** What `weir serve` prints until it ends. */
async function outputOf(settings: Record<string, string>): Promise<string> {
  await using weir = spawnWeir(['serve'], { PORT: '0', DATA_DIR: folder, ...DEBUG, ...settings });
  expect(await weir.exited).toMatchObject({ code: 1 });
  return weir.stdout() + weir.stderr();
}

describe('a password is in no output, at any level, where', () => {
  test.each<[string, () => string | Promise<string>, RegExp]>([
    ['it is wrong', () => withPassword(serverUrl()), /password authentication failed/],
    [
      'a role cannot connect',
      () => Object.assign(new URL(withPassword(serverUrl())), { username: 'nobody' }).href,
      /authentication failed|does not exist/,
    ],
    ['the database is unknown', () => Object.assign(new URL(serverUrl()), { pathname: '/nowhere' }).href, /nowhere/],
    ['sslmode is unknown', () => `${withPassword(serverUrl())}?sslmode=mark`, /expected sslmode/],
    ['TLS is not offered', () => `${withPassword(serverUrl())}?sslmode=require`, /offers no TLS/],
    ['the database is away', async () => `postgres://weir:${MARK}@127.0.0.1:${await freePort()}/logs`, /ECONNREFUSED/],
    ['it has a slash', () => `postgres://weir:5/${MARK}@127.0.0.1/logs`, /LOGS_DATABASE_URL: expected a URL/],
    ['it has a question mark', () => `postgres://weir:5?${MARK}@127.0.0.1/logs`, /LOGS_DATABASE_URL: expected a URL/],
    ['it has a number sign', () => `postgres://weir:5#${MARK}@127.0.0.1/logs`, /LOGS_DATABASE_URL: expected a URL/],
    ['it has a percent sign', () => `postgres://weir:%zz${MARK}@127.0.0.1/logs`, /LOGS_DATABASE_URL: expected a URL/],
    ['the URL is broken', () => `postgres://weir:${MARK}@[127.0.0.1/logs`, /LOGS_DATABASE_URL: expected a URL/],
    ['the protocol is another', () => `mysql://weir:${MARK}@127.0.0.1/logs`, /LOGS_DATABASE_URL: expected a URL/],
  ])('%s', async (_, url, sentence) => {
    const output = await outputOf({ LOGS_DATABASE_URL: await url() });
    expect(output).toMatch(sentence);
    expect(output).not.toContain(MARK);
    expect(output).not.toContain(new URL(serverUrl()).password);
  });

  test('REDIS_URL is broken', async () => {
    for (const url of [
      `redis://:5/${MARK}@127.0.0.1/0`,
      `redis://:%zz${MARK}@127.0.0.1/0`,
      `http://:${MARK}@127.0.0.1`,
    ]) {
      const output = await outputOf({ LOGS_DATABASE_URL: serverUrl(), REDIS_URL: url });
      expect(output).toMatch(/REDIS_URL: expected a URL/);
      expect(output).not.toContain(MARK);
    }
  });
});

describe('the password of Redis is in no output and in no health, where Redis', needs(redisMissing), () => {
  test.each<[string, string[]]>([
    ['wants another', ['--requirepass', 'another']],
    ['wants none', []],
    ['knows no AUTH, and repeats it in its error', ['--rename-command', 'AUTH', '']],
  ])('%s', async (_, more) => {
    await using redis = await startRedis(await temporaryFolder(), more[0] === '--requirepass' ? {} : { more });
    if (more[0] === '--requirepass') await setPassword(redis.url);
    await using database = await createTestDatabase();
    const REDIS_URL = redis.url.replace('redis://', `redis://:${MARK}@`);
    const DATA_DIR = join(folder, 'redis');
    const settings = { LOGS_DATABASE_URL: database.url, REDIS_URL, DATA_DIR, ...DEBUG };
    await using server = await spawnServer(settings);
    const health = await until(async () => {
      const query = '{ health { problems { code message } workers { lastError } pubsub { error } } }';
      const text = JSON.stringify(await server.query(query));
      return /QUEUE_UNREADABLE|PUBSUB_UNAVAILABLE/.test(text) || more.length === 0 ? text : undefined;
    });
    await redis[Symbol.asyncDispose]();
    await until(() => server.stderr().includes('Redis is away'));
    server.process.kill('SIGTERM');
    await server.exited;
    expect(health + server.stdout() + server.stderr()).not.toContain(MARK);
  });
});

async function setPassword(url: string): Promise<void> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url);
  await redis.config('SET', 'requirepass', 'another');
  redis.disconnect();
}

describe('the password of a server is in no output of', () => {
  test.each([
    ['tail'],
    ['query'],
    ['status'],
    ['import', join(import.meta.dirname, '../../docs/example.ndjson')],
    ['seed', '--rows', '1'],
    ['cleanup', '--older-than', '1d', '--yes'],
  ])('%s', async (...words) => {
    for (const url of [`http://weir:${MARK}@127.0.0.1:1`, `http://weir:${MARK}@[127.0.0.1`, `postgres://:${MARK}@h`]) {
      await using byVariable = spawnWeir(words, { WEIR_URL: url, DATA_DIR: folder, ...DEBUG });
      await using byOption = spawnWeir([...words, '--url', url], { DATA_DIR: folder, ...DEBUG });
      for (const weir of [byVariable, byOption]) {
        expect((await weir.exited).code).toBe(1);
        expect(weir.stdout() + weir.stderr()).toContain('--url: expected a URL');
        expect(weir.stdout() + weir.stderr()).not.toContain(MARK);
      }
    }
  });
});

test('secrets are found in URLs of any kind, and an error shows no other property', () => {
  expect(secretsOf(['postgres://weir:p%40ss@h/db?sslpassword=key', 'redis://:x@h', 'redis://h', null])).toEqual([
    'p%40ss',
    'p@ss',
    'key',
    'x',
  ]);
  expect(hideSecrets('AUTH p@ss p%40ss', ['p%40ss', 'p@ss'])).toBe('AUTH *** ***');
  const cause = Object.assign(new Error('inner'), { command: { name: 'auth', args: [MARK] } });
  const error = Object.assign(new Error('outer', { cause }), { code: 'X', command: { args: [MARK] } });
  expect(JSON.stringify(shownError(error))).not.toContain(MARK);
  expect(shownError(error)).toMatchObject({ message: 'outer', code: 'X', cause: { message: 'inner' } });
});
