import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { unpackPackages } from '../support/debian-package.ts';
import { journalExport } from '../support/journal.ts';
import { makeKeyIn, startKeyServer } from '../support/keys.ts';
import { freePort } from '../support/port.ts';
import { type Client, remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';
import { storedRecords } from '../support/stored.ts';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await remove(folder);
});

const post = async (url: string, body: Buffer | string, type = 'application/vnd.fdo.journal') => {
  const response = await fetch(`${url}/upload`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: body as string,
  });
  return { status: response.status, text: await response.text() };
};

describe('POST /upload', () => {
  test('stores entries, those that come again once, and answers as systemd-journal-remote', async () => {
    await using server = await startTestServer({}, database);
    const body = journalExport('posted', 20);
    expect([await post(server.url, body), await post(server.url, body)]).toEqual([
      { status: 202, text: 'OK.\n' },
      { status: 202, text: 'OK.\n' },
    ]);
    const records = await storedRecords(server, 'service:posted', 20);
    expect(records).toHaveLength(20);
    expect(records[7]).toMatchObject({ level: 'ERROR', host: 'web1', component: 'app', attributes: { _PID: '42' } });
    expect(records[7]!.message).toContain('refused 7');
  });

  test('takes more than a body may have', async () => {
    await using server = await startTestServer({ INGEST_BODY_BYTES: '100000' }, database);
    expect(await post(server.url, journalExport('long', 50, 10_000))).toEqual({ status: 202, text: 'OK.\n' });
    expect(await storedRecords(server, 'service:long', 50)).toHaveLength(50);
  });

  test('says what is wrong: an entry, the bytes, the type', async () => {
    await using server = await startTestServer({}, database);
    const old = 'MESSAGE=old\n__REALTIME_TIMESTAMP=1000000\n\n';
    expect(await post(server.url, Buffer.concat([Buffer.from(old), journalExport('partly', 1)]))).toMatchObject({
      status: 202,
      text: expect.stringMatching(/^OK. 1 of 2 entries were rejected:\nentry 1: /),
    });
    expect(await post(server.url, 'no journal\n')).toMatchObject({
      status: 400,
      text: expect.stringMatching(/^INVALID_JOURNAL: /),
    });
    expect(await post(server.url, '{}', 'application/json')).toMatchObject({ status: 415 });
  });
});

const journal = unpackPackages('systemd-journal-remote');

/** A journal file of these entries. */
function journalFile(name: string, entries: Buffer): string {
  const file = join(folder, `${name}.journal`);
  writeFileSync(`${file}.export`, entries);
  execFileSync(
    journal!.path('/lib/systemd/systemd-journal-remote'),
    ['--split-mode=none', '-o', file, `${file}.export`],
    {
      env: journal!.env,
      stdio: 'ignore',
    },
  );
  return file;
}

/** Uploads what the journal has after the saved state, as the unit of systemd does again and again. Whether it was all taken. */
const upload = (url: string, file: string): Promise<boolean> =>
  promisify(execFile)(
    journal!.path('/lib/systemd/systemd-journal-upload'),
    [`--url=${url}`, `--file=${file}`, '--follow=no', `--save-state=${file}.state`],
    { env: journal!.env },
  ).then(
    () => true,
    () => false,
  );

const count = async ({ query }: Client, service: string): Promise<number> =>
  (await query<{ logs: { totalCount: number } }>(`{ logs(filter: { query: "service:${service}" }) { totalCount } }`))
    .data!.logs.totalCount;

describe.skipIf(!journal)('systemd-journal-upload', () => {
  test('uploads a journal with the key in its URL, where keys are required', async () => {
    await using server = await startKeyServer({}, database);
    const { key } = await makeKeyIn(database, ['INGEST']);
    const file = journalFile('uploaded', journalExport('uploaded', 30));
    expect(await upload(server.url, file)).toBe(false);
    expect(await upload(server.url.replace('://', `://weir:${key}@`), file)).toBe(true);
    const records = await storedRecords(server.as(server.admin.key), 'service:uploaded', 30);
    expect(records).toHaveLength(30);
    expect(records[0]).toMatchObject({ level: 'ERROR', host: 'web1', component: 'app', service: 'uploaded' });
  });

  test('loses nothing and stores nothing twice though the server is killed in the middle', async () => {
    const COUNT = 900;
    const file = journalFile('restart', journalExport('restart', COUNT, 20_000));
    const port = String(await freePort());
    const settings = { LOGS_DATABASE_URL: database.url, DATA_DIR: join(folder, 'data'), PORT: port };
    let server = await spawnServer(settings);
    try {
      const first = upload(server.url, file);
      await until(async () => (await count(server, 'restart')) > 0);
      server.process.kill('SIGKILL');
      await Promise.all([server.exited, first]);
      server = await spawnServer(settings);
      await until(() => upload(server.url, file));
      expect(await storedRecords(server, 'service:restart', COUNT)).toHaveLength(COUNT);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
});
