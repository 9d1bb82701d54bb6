import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/port.ts';
import { remove, spawnWeir, startTestServer, type TestServer, temporaryFolder, until } from '../support/server.ts';

const COUNT = 8000;
const START = Date.parse('2026-11-01T00:00:00Z');

let server: TestServer;
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startTestServer();
  const records = Array.from({ length: COUNT }, (_, i) =>
    JSON.stringify({
      timestamp: new Date(START + i).toISOString(),
      message: `record ${i}`,
      service: i % 2 === 0 ? 'even' : 'odd "or" not',
      level: i % 10 === 0 ? 'error' : 'info',
      region: i === 7 ? '=1+1' : `eu-${i % 3}`,
    }),
  );
  expect((await server.ingest(records.join('\n'))).status).toBe(200);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await remove(folder);
});

/** A proxy that forwards this many bytes of each response, one number for each connection, and then breaks it or stops. */
async function startProxy(bytes: number[], then: 'break' | 'stop') {
  const target = Number(new URL(server.url).port);
  let stopped = 0;
  const proxy = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let left = bytes.shift() ?? Number.POSITIVE_INFINITY;
    client.on('error', () => {}).on('close', () => upstream.destroy());
    upstream.on('error', () => {}).on('close', () => client.destroy());
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      if (left <= 0) return;
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      stopped++;
      if (then === 'break') client.end(() => client.destroy());
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stopped: () => stopped,
    async [Symbol.asyncDispose]() {
      proxy.close();
    },
  };
}

async function run(words: string[], code = 0) {
  await using weir = spawnWeir(words, { WEIR_URL: server.url });
  expect((await weir.exited).code, weir.stderr()).toBe(code);
  return { out: weir.stdout(), err: weir.stderr() };
}

const messages = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).message);
const ALL = Array.from({ length: COUNT }, (_, i) => `record ${i}`);

test('query --all shows every record once, oldest first', async () => {
  const { out, err } = await run(['query', '--all', '--json']);
  expect(messages(out)).toEqual(ALL);
  expect(err).toBe('');
  const { out: text } = await run(['query', '--all', '--to', '2026-11-01T00:00:00.002Z']);
  expect(text).toBe(
    '2026-11-01T00:00:00.000Z ERROR    even record 0 region=eu-0\n' +
      '2026-11-01T00:00:00.001Z INFO     odd "or" not record 1 region=eu-1\n',
  );
  expect((await run(['query', '--all', 'nothing'])).err).toBe('-- no record matches --\n');
});

test('the options that choose records mean the same with --all', async () => {
  for (const words of [
    ['--service', 'odd "or" not', '--service', 'none', '--to', '2026-11-01T00:00:00.100Z'],
    ['--min-level', 'error', 'record 10 OR record 20'],
    ['-l', 'warning', '--service', 'even', '--from', '2026-11-01T00:00:07.900Z'],
  ]) {
    const some = messages((await run(['query', '-n', '1000', '--json', ...words])).out);
    expect(messages((await run(['query', '--all', '--json', ...words])).out)).toEqual(some);
    expect(some.length).toBeGreaterThan(0);
  }
});

test('after broken connections it goes on: no record is missing, none comes twice', async () => {
  await using proxy = await startProxy([30_000, 1000, 40_000], 'break');
  await using weir = spawnWeir(['query', '--all', '--json', '--url', proxy.url]);
  expect((await weir.exited).code, weir.stderr()).toBe(0);
  expect(messages(weir.stdout())).toEqual(ALL);
  expect(proxy.stopped()).toBe(3);
  expect(weir.stderr()).toContain('-- connection lost, waiting --\n-- connected again --\n');
});

test('the limit of one request does not show', async () => {
  await using small = await startTestServer({ EXPORT_ROWS_MAX: '3000' }, server.database);
  const { out, err } = await run(['query', '--all', '--json', '--url', small.url]);
  expect(messages(out)).toEqual(ALL);
  expect(err).toBe('');
});

test('Ctrl-C ends it with what came in the file, and --after goes on there', async () => {
  await using proxy = await startProxy([60_000], 'stop');
  const file = join(folder, 'part.ndjson');
  await using weir = spawnWeir(['query', '--all', '--json', '--output', file, '--url', proxy.url]);
  const written = () => readFile(file, 'utf8').catch(() => '');
  await until(async () => proxy.stopped() === 1 && (await written()).includes('record 1'));
  weir.process.kill('SIGINT');
  expect((await weir.exited).code).toBe(130);
  const after = /^-- continue from here with --after (\S+) --\n$/.exec(weir.stderr())?.[1];
  expect(after, weir.stderr()).toBeDefined();
  const part = messages(await readFile(file, 'utf8'));
  expect(part).toEqual(ALL.slice(0, part.length));
  await run(['query', '--all', '--json', '--output', file, '--after', after!]);
  expect(messages(await readFile(file, 'utf8'))).toEqual(ALL);
});

test('a reader that has enough ends it quietly', async () => {
  await using weir = spawnWeir(['query', '--all', '--json', '--url', server.url]);
  weir.process.stdout!.once('data', () => weir.process.stdout!.destroy());
  await weir.exited;
  expect(weir.stderr()).toBe('');
});

test('--csv writes the columns that were asked for, of all records or of the newest', async () => {
  const words = [
    'query',
    '--csv',
    '--columns',
    'message,service,attributes.region',
    '--to',
    '2026-11-01T00:00:00.008Z',
  ];
  const lines = [
    'message,service,attributes.region',
    ...ALL.slice(0, 8).map((message, i) => `${message},${i % 2 === 0 ? 'even' : '"odd ""or"" not"'},eu-${i % 3}`),
  ];
  lines[8] = `record 7,"odd ""or"" not",'=1+1`;
  const file = join(folder, 'some.csv');
  expect((await run([...words, '--all', '--output', file])).err).toBe(`-- 8 records in ${file} --\n`);
  expect(await readFile(file, 'utf8')).toBe(`${lines.join('\r\n')}\r\n`);
  expect((await run([...words, '-n', '10'])).out).toBe(`${lines.join('\r\n')}\r\n`);
  expect((await run([...words, '--all', '--formulas', 'keep', 'region:x OR "record 7"'])).out).toContain(',=1+1\r\n');
});

test('what cannot be used is said in one sentence, before a file is opened', async () => {
  expect((await run(['query', '--all', 'level:'], 1)).err).toMatch(/^weir: .*column 7.*\(QUERY_SYNTAX\)\n$/);
  expect((await run(['query', '--all', '--csv', '--columns', 'servcie'], 1)).err).toMatch(/similar field is service/);
  expect((await run(['query', '--after', 'x'], 1)).err).toBe('weir: --after: expected --all beside it\n');
  expect((await run(['query', '--all', '--after', 'x'], 1)).err).toMatch(/CURSOR_INVALID/);
  expect((await run(['query', '--all', '--url', `http://127.0.0.1:${await freePort()}`], 1)).err).toMatch(
    /connection refused/,
  );
  expect((await run(['query', '--all', '--output', '/no/such/folder/x'], 1)).err).toMatch(/ENOENT/);
});

test('a file is replaced only when the server has accepted the request', async () => {
  const file = join(folder, 'before.txt');
  await writeFile(file, 'before');
  const away = `http://127.0.0.1:${await freePort()}`;
  for (const words of [
    ['level:', '--all'],
    ['level:', '--csv'],
    ['--all', '--csv', '--url', away],
    ['--url', away],
  ]) {
    await run(['query', '--output', file, ...words], 1);
    expect(await readFile(file, 'utf8')).toBe('before');
  }
  await run(['query', '--all', 'nothing', '--csv', '--columns', 'level', '--output', file]);
  expect(await readFile(file, 'utf8')).toBe('level\r\n');
});

test('an export of the command line, imported into another server, is the same', async () => {
  await using other = await startTestServer();
  const file = join(folder, 'whole.ndjson');
  await run(['query', '--all', '--json', '--output', file]);
  await run(['import', file, '--url', other.url, '--no-progress']);
  await run(['import', file, '--url', other.url, '--no-progress', '--again']);
  const withoutArrival = (text: string) => text.replaceAll(/"receivedAt":"[^"]*",/g, '');
  const again = await run(['query', '--all', '--json', '--url', other.url]);
  expect(withoutArrival(again.out)).toBe(withoutArrival(await readFile(file, 'utf8')));
});
