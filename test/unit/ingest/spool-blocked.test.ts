import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { segmentPath } from '../../../src/ingest/spool/segment.ts';
import { record } from '../../support/records.ts';
import { until } from '../../support/server.ts';
import {
  batchOf,
  messagesOf,
  openTestSpool,
  replay,
  saying,
  type TestFolder,
  testFolder,
} from '../../support/spool.ts';

/** Each batch is a segment of its own. */
const SMALL = { segmentBytesMax: 1 };
const first = (folder: TestFolder): string => segmentPath(folder.path, 1);
const elsewhere = (folder: TestFolder): string => `${first(folder)}-away`;

/** Reading the first segment fails with EISDIR. */
async function block(folder: TestFolder): Promise<void> {
  await rename(first(folder), elsewhere(folder));
  await mkdir(first(folder));
}

async function unblock(folder: TestFolder): Promise<void> {
  await rmdir(first(folder));
  await rename(elsewhere(folder), first(folder));
}

describe('a segment that cannot be read', () => {
  test('blocks no other, is reported, and is read when it can be', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path, SMALL);
    for (const message of ['a', 'b', 'c']) await spool.append(saying(message));
    await block(folder);
    expect(messagesOf(await replay(spool))).toEqual(['b', 'c']);
    expect((await spool.report()).blocked).toMatch(/^1 spool segments cannot be read: EISDIR/);
    expect(await spool.report()).toMatchObject({ segments: 1, batches: 1, problem: null });
    await unblock(folder);
    await until(async () => messagesOf(await replay(spool)).includes('a'));
    expect(await spool.report()).toMatchObject({ segments: 0, batches: 0, blocked: null });
  });

  test('when the server starts keeps the spool in use, and its batches are replayed later', async () => {
    await using folder = await testFolder();
    {
      await using spool = await openTestSpool(folder.path, SMALL);
      for (const message of ['a', 'b']) await spool.append(saying(message));
    }
    await block(folder);
    await using spool = await openTestSpool(folder.path, SMALL);
    await spool.append(saying('c'));
    expect(messagesOf(await replay(spool))).toEqual(['b', 'c']);
    expect((await spool.report()).blocked).toMatch(/EISDIR/);
    await unblock(folder);
    await until(async () => messagesOf(await replay(spool)).includes('a'));
    expect(await spool.report()).toMatchObject({ segments: 0, blocked: null });
  });

  test('and cannot be written is followed by another', async () => {
    await using folder = await testFolder();
    {
      await using spool = await openTestSpool(folder.path);
      await spool.append(saying('a'));
    }
    await using spool = await openTestSpool(folder.path);
    await block(folder);
    await expect(spool.append(saying('lost'))).rejects.toThrow('EISDIR');
    await spool.append(saying('b'));
    expect(messagesOf(await replay(spool))).toEqual(['b']);
    expect((await spool.report()).problem).toBeNull();
  });

  test('and is removed ends the problem', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path, SMALL);
    await spool.append(saying('a'));
    await block(folder);
    expect(await spool.oldest()).toBeUndefined();
    await rm(first(folder), { recursive: true });
    await until(async () => {
      await spool.oldest();
      return (await spool.report()).blocked === null;
    });
    expect(await spool.report()).toMatchObject({ segments: 0, batches: 0 });
  });
});

test('a postponed batch stays, lets the next ones pass, and is given again later', async () => {
  await using folder = await testFolder();
  await using spool = await openTestSpool(folder.path);
  for (const message of ['a', 'b']) await spool.append(saying(message));
  (await spool.oldest())!.postpone('no room');
  expect(messagesOf(await replay(spool))).toEqual(['b']);
  expect(await spool.report()).toMatchObject({ segments: 1, batches: 1, blocked: expect.stringContaining('no room') });
  const again = await until(() => spool.oldest());
  expect(messagesOf([again.batch])).toEqual(['a']);
  again.postpone('still no room');
  expect((await spool.report()).blocked).toContain('still no room');
  const last = await until(() => spool.oldest());
  await last.done();
  expect(await spool.report()).toMatchObject({ segments: 0, batches: 0, blocked: null });
});

test('repeated keys are looked up without a look at the records', async () => {
  await using folder = await testFolder();
  const bodyHash = createHash('sha256').update('body').digest();
  const keys = Array.from({ length: 1000 }, (_, n) => `key ${n}`);
  await using spool = await openTestSpool(folder.path);
  const submissions = keys.map((key) => ({ records: [record()], rejected: [], idempotency: { key, bodyHash } }));
  await spool.append(batchOf([], { submissions }));
  // Damage in the last record would make reading the whole frame fail.
  const bytes = await readFile(first(folder));
  bytes[bytes.length - 10]! ^= 0x11;
  await writeFile(first(folder), bytes);
  const found = await spool.requestsOf([...keys, 'other']);
  expect([...found.keys()]).toEqual(keys);
  expect(found.get('key 999')).toEqual({ bodyHash, result: { accepted: 1, rejected: [] } });
});
