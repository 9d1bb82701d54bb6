import { once } from 'node:events';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { remove, spawnWeir, startTestServer, type TestServer, temporaryFolder, until } from '../support/server.ts';

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = await temporaryFolder();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await remove(folder);
});

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

async function runImport(words: string[], url = server.url): Promise<Ended> {
  await using weir = spawnWeir(['import', ...words, '--url', url]);
  const { code } = await weir.exited;
  return { code, out: weir.stdout(), err: weir.stderr() };
}

/** A folder with these files, and their paths. */
async function files(name: string, contents: Record<string, string | Buffer>): Promise<Record<string, string>> {
  await mkdir(join(folder, name));
  const paths = Object.keys(contents).map((file) => [file, join(folder, name, file)] as const);
  for (const [file, path] of paths) await writeFile(path, contents[file]!);
  return Object.fromEntries(paths);
}

const stored = (service: string) =>
  server.database.sql<
    { message: string; at: string }[]
  >`select message, to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at from system_logs where service = ${service} order by ts, uid`;
const messagesOf = async (service: string): Promise<string[]> => (await stored(service)).map(({ message }) => message);
const lines = (count: number, text = 'step'): string =>
  Array.from({ length: count }, (_, i) => `2026-11-01T10:00:00Z INFO ${text} ${i}\n`).join('');

test('several files and a pattern are stored, and a second run stores nothing and says so', async () => {
  const of = await files('several', {
    'one.log': lines(2, 'one'),
    'two.log': lines(3, 'two'),
    'b-1.txt': lines(4, 'b'),
  });
  await mkdir(join(folder, 'several/folder.log'));
  const words = [`${folder}/several/*.log`, of['b-1.txt']!, of['one.log']!, '--service', 'several'];

  const first = await runImport(words);
  expect(first.code, first.err).toBe(0);
  expect(first.out).toMatch(/^one\.log: 2 records stored, 0 duplicates, 0 rejected/m);
  expect(first.out).toMatch(/^two\.log: 3 records stored/m);
  expect(first.out).toMatch(/^b-1\.txt: 4 records stored/m);
  expect(first.out.trimEnd()).toMatch(/\n9 records stored from 3 files$/);

  const second = await runImport(words);
  expect(second.code, second.err).toBe(0);
  expect(second.out).toMatch(/^two\.log: 0 records stored, 3 duplicates, 0 rejected/m);
  expect(second.out).toContain(
    '  3 records stored by an earlier import of this file, and not again; --again stores all',
  );
  expect(second.out.trimEnd()).toMatch(/\n0 records stored from 3 files$/);
  expect(await messagesOf('several')).toHaveLength(9);

  const again = await runImport([...words, '--again']);
  expect(again.out.trimEnd()).toMatch(/\n9 records stored from 3 files$/);
  expect(await messagesOf('several')).toHaveLength(18);

  const none = await runImport([`${folder}/several/*.none`]);
  expect(none).toMatchObject({ code: 1, err: `weir: expected files that match ${folder}/several/*.none, got none\n` });
});

test('other options make another import, which says how to remove the first', async () => {
  const of = await files('other', { 'app.log': lines(3) });
  expect((await runImport([of['app.log']!])).out).not.toContain('weir cleanup');
  const other = await runImport([of['app.log']!, '--service', 'other', '--format', 'text']);
  expect(other.out).toContain('3 records stored, 0 duplicates');
  expect(other.out).toContain(
    'if this file was imported before without --format, --service, its records are there twice',
  );
  expect(other.out).toContain('weir cleanup --before TIME --service unknown_service --dry-run');
  expect(await messagesOf('other')).toHaveLength(3);
  expect(await messagesOf('unknown_service')).toHaveLength(3);
});

/** Passes `count` requests on to the server, and keeps the later ones waiting. */
async function holdAfter(count: number) {
  let requests = 0;
  const proxy = createServer(async (request, response) => {
    if (++requests > count) return;
    const headers = request.headers as Record<string, string>;
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    const stored = await server.ingest(body, {
      'content-type': headers['content-type']!,
      'idempotency-key': headers['idempotency-key']!,
    });
    response.writeHead(stored.status, Object.fromEntries(stored.headers));
    response.end(await stored.text());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

test.each(['SIGINT', 'SIGKILL'] as const)(
  'an import that %s ended continues, and stores nothing twice',
  async (signal) => {
    const service = `interrupted-${signal}`;
    const of = await files(service, { 'app.log': lines(12_000) });
    const words = [of['app.log']!, '--service', service];
    await using proxy = await holdAfter(1);
    await using weir = spawnWeir(['import', ...words, '--url', proxy.url]);
    await until(async () => proxy.requests() > 1 && (await messagesOf(service)).length > 0);
    weir.process.kill(signal);
    expect((await weir.exited).code).toBe(signal === 'SIGINT' ? 130 : null);
    const before = (await messagesOf(service)).length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(12_000);

    const { code, out, err } = await runImport(words);
    expect(code, err).toBe(0);
    const number = (count: number): string => count.toLocaleString('en-US');
    expect(out).toContain(`${number(12_000 - before)} records stored, ${number(before)} duplicates, 0 rejected`);
    expect(out).toContain(`${number(before)} records stored by an earlier import of this file, and not again`);
    expect(await messagesOf(service)).toEqual(Array.from({ length: 12_000 }, (_, i) => `step ${i}`));
  },
);

test('compressed files, UTF-16 and Latin-1 are known by their bytes, and a binary file harms no other', async () => {
  const line = (name: string): string => `2026-11-01T10:00:00Z INFO Grüße aus Köln: ${name}\n`;
  const utf16 = Buffer.from(`\ufeff${line('UTF-16LE')}`, 'utf16le');
  await files('bytes', {
    a: gzipSync(line('gzip')),
    b: zstdCompressSync(line('zstd')),
    c: brotliCompressSync(line('brotli')),
    d: utf16,
    e: Buffer.from(`\ufeff${line('UTF-16BE')}`, 'utf16le').swap16(),
    f: Buffer.from(line('Latin-1'), 'latin1'),
    g: Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)),
    h: gzipSync(lines(5000)).subarray(0, 1000),
    i: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01]),
    'j.gz': line('plain'),
  });
  const { code, out, err } = await runImport([`${folder}/bytes/*`, '--service', 'bytes']);
  expect(code).toBe(1);
  const sorted = ['Latin-1', 'UTF-16BE', 'UTF-16LE', 'brotli', 'gzip', 'plain', 'zstd'];
  const found = (await messagesOf('bytes')).filter((message) => message.startsWith('Grüße'));
  expect(found.toSorted()).toEqual(sorted.map((name) => `Grüße aus Köln: ${name}`));
  expect(err).toContain('weir: g: expected a log as text, got binary data\n');
  expect(err).toMatch(/^weir: h: expected complete gzip data, got damaged data/m);
  expect(err).toMatch(/^weir: i: expected a log as text, or compressed with gzip, zstd or brotli, got xz/m);
  expect(err.trimEnd()).toMatch(/\nweir: 3 of 10 files were not stored completely$/);
  expect(out.trimEnd()).toMatch(/ records stored from 7 files$/);
});

test('a JSON array and pretty-printed objects are read as /ingest reads them', async () => {
  const records = ['one', 'two'].map((message) => ({ message, level: 'error', service: 'json', attributes: { n: 1 } }));
  await files('json', {
    'array.json': JSON.stringify(records),
    'pretty-array.json': JSON.stringify(records, null, 2),
    'pretty.json': records.map((record) => JSON.stringify(record, null, 2)).join('\n'),
  });
  const { code, out, err } = await runImport([`${folder}/json/*`]);
  expect(code, err).toBe(0);
  expect(out.match(/2 records stored, 0 duplicates, 0 rejected \(json,/g)).toHaveLength(3);
  expect((await messagesOf('json')).toSorted()).toEqual(['one', 'one', 'one', 'two', 'two', 'two']);
});

test('a time without a year is in the last year before the file was changed', async () => {
  const of = await files('years', { syslog: 'Dec 31 23:59:00 web app: old year\nJan  1 00:01:00 web app: new year\n' });
  const changed = new Date('2024-01-02T00:00:00Z');
  await utimes(of.syslog!, changed, changed);
  const { code, err } = await runImport([of.syslog!, '--service', 'years']);
  expect(code, err).toBe(0);
  const { data } = await server.query<{ logs: { nodes: { message: string; timestamp: string }[] } }>(
    '{ logs(filter: { query: "year host:web" }, order: OLDEST_FIRST) { nodes { message timestamp } } }',
  );
  expect(data!.logs.nodes).toEqual([
    { message: 'old year', timestamp: '2023-12-31T23:59:00.000000Z' },
    { message: 'new year', timestamp: '2024-01-01T00:01:00.000000Z' },
  ]);
});

test('--since and --until leave out the rest, and an age makes an import that cannot be continued', async () => {
  const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
  const of = await files('range', {
    'app.log': [5, 3, 1].map((hours) => `${hoursAgo(hours)} INFO ${hours} hours ago\n`).join(''),
  });
  const words = (service: string, ...limits: string[]) => [of['app.log']!, '--service', service, ...limits];
  const between = await runImport(words('between', '--since', hoursAgo(4), '--until', hoursAgo(2)));
  expect(between.code, between.err).toBe(0);
  expect(between.out).toContain('1 record stored');
  expect(between.out).toContain('2 records outside --since and --until left out');
  expect(await messagesOf('between')).toEqual(['3 hours ago']);

  for (const _ of ['first', 'second']) {
    const age = await runImport(words('age', '--since', '2h'));
    expect(age.out).toContain('1 record stored, 0 duplicates');
    expect(age.out).not.toContain('an earlier import');
  }
  expect(await messagesOf('age')).toEqual(['1 hours ago', '1 hours ago']);

  const empty = await runImport(words('empty', '--since', hoursAgo(1), '--until', hoursAgo(2)));
  expect(empty.code).toBe(1);
  expect(empty.err).toMatch(/^weir: --since: expected a time before --until/);
});

test('the end says which lines had no time, and where the rejected ones are', async () => {
  const of = await files('summary', {
    'app.log': 'before any time\nNov  1 10:00:00 web app: one\nno time here\nnor here\nNov  1 10:00:01 web app: two\n',
    'bad.ndjson': '{"message":"good"}\n{"message":"old","timestamp":"1901-01-01T00:00:00Z"}\n',
  });
  const times = await runImport([of['app.log']!, '--service', 'summary', '--format', 'syslog']);
  expect(times.out).toMatch(/: 5 records stored, 0 duplicates, 0 rejected \(syslog, \d+\.\d s, [\d,]+\/s\)\n/);
  expect(times.out).toContain('  3 lines without a time: 2 took that of the line before, 1 is stored as of now\n');

  const rejected = await runImport([of['bad.ndjson']!, '--service', 'summary']);
  expect(rejected.code).toBe(1);
  expect(rejected.out).toContain('1 record stored, 0 duplicates, 1 rejected (ndjson,');
  expect(rejected.out).toContain('  1 line without a time: 1 is stored as of now; try --format\n');
  expect(rejected.out).toMatch(/^ {2}line 2: TOO_OLD: /m);
  expect(rejected.err.trimEnd()).toMatch(/weir: 1 of 2 records were rejected$/);
});
