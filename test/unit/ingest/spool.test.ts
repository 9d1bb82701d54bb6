import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CannotStart, Overloaded } from '../../../src/errors.ts';
import { HEADER_BYTES, headerOf, segmentPath } from '../../../src/ingest/spool/segment.ts';
import { anyRecord } from '../../support/arbitraries.ts';
import { record } from '../../support/records.ts';
import { until } from '../../support/server.ts';
import {
  batchOf,
  messagesOf,
  openTestSpool,
  replay,
  saying,
  smallDisk,
  type TestFolder,
  testFolder,
} from '../../support/spool.ts';

/** Spools these messages, a batch each, in a run of its own. */
async function spooled(folder: TestFolder, ...messages: string[]): Promise<void> {
  await using spool = await openTestSpool(folder.path);
  for (const message of messages) await spool.append(saying(message));
}

const segments = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.spool')).sort();

const first = (folder: TestFolder): string => segmentPath(folder.path, 1);

/** Turns bits of the first segment over. */
async function flip(folder: TestFolder, at: (bytes: Buffer) => number): Promise<void> {
  const bytes = await readFile(first(folder));
  const place = at(bytes);
  bytes[place] = bytes[place]! ^ 0x11;
  await writeFile(first(folder), bytes);
}

describe('the spool', () => {
  test('gives batches back exactly as they were', async () => {
    await using folder = await testFolder();
    const rejected = [{ at: 3, code: 'TOO_OLD', reason: 'expected later' }];
    const idempotency = { key: 'ключ "1"', bodyHash: createHash('sha256').update('body').digest() };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyRecord, { maxLength: 3 }), { maxLength: 3 }), async (submissions) => {
        const batch = batchOf([], {
          submissions: submissions.map((records) => ({ records, rejected, idempotency })),
        });
        await using spool = await openTestSpool(folder.path);
        await spool.append(batch);
        expect(await replay(spool)).toEqual([batch]);
      }),
      { numRuns: 50 },
    );
  });

  test('holds a batch of ten thousand records with large attributes', async () => {
    await using folder = await testFolder();
    const big = batchOf([
      record({
        attributes: { text: '\u0001é😀'.repeat(200_000), deep: { list: [0.1, 5e-324, 1.7976931348623157e308] } },
      }),
      ...Array.from({ length: 9_999 }, (_, i) => record({ message: `record ${i}` })),
    ]);
    await using spool = await openTestSpool(folder.path, { segmentBytesMax: 1024 });
    await spool.append(big);
    expect(await replay(spool)).toEqual([big]);
  });

  test('gives the oldest first, also across runs, and the same until it is done', async () => {
    await using folder = await testFolder();
    await spooled(folder, 'a', 'b');
    await spooled(folder, 'c');
    await using spool = await openTestSpool(folder.path);
    await spool.append(saying('d'));
    expect((await spool.oldest())!.batch).toEqual((await spool.oldest())!.batch);
    expect(messagesOf(await replay(spool))).toEqual(['a', 'b', 'c', 'd']);
  });

  test('gives a batch once in a run, and its whole segment again after a crash', async () => {
    await using folder = await testFolder();
    await spooled(folder, 'a', 'b');
    {
      await using spool = await openTestSpool(folder.path);
      const a = (await spool.oldest())!;
      await a.done();
      await a.done();
      expect(messagesOf([(await spool.oldest())!.batch])).toEqual(['b']);
      expect((await spool.report()).batches).toBe(1);
    }
    await using spool = await openTestSpool(folder.path);
    expect(messagesOf(await replay(spool))).toEqual(['a', 'b']);
  });

  test('removes a segment that is replayed, and starts another', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path);
    await spool.append(saying('a'));
    await replay(spool);
    expect(await segments(folder.path)).toEqual([]);
    await spool.append(saying('b'));
    expect(messagesOf(await replay(spool))).toEqual(['b']);
  });

  test('keeps what is appended while it is replayed', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path, { segmentBytesMax: 3000 });
    const expected = Array.from({ length: 200 }, (_, i) => `${i}`);
    let isDone = false;
    const appending = (async () => {
      for (const message of expected) await spool.append(saying(message));
      isDone = true;
    })();
    const given: string[] = [];
    while (!isDone) given.push(...messagesOf(await replay(spool)));
    await appending;
    given.push(...messagesOf(await replay(spool)));
    expect(given).toEqual(expected);
    expect(await segments(folder.path)).toEqual([]);
  });

  test('keeps a segment whose last batch is done while another is written to it', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path);
    await spool.append(saying('a'));
    const { size } = await stat(first(folder));
    const a = (await spool.oldest())!;
    const large = () => record({ message: 'b', attributes: { text: 'x'.repeat(4_000_000) } });
    const appending = spool.append(batchOf([large(), large()]));
    while ((await stat(first(folder))).size === size) {}
    await Promise.all([a.done(), appending]);
    expect(messagesOf(await replay(spool))).toEqual(['b', 'b']);
  });

  test('writes what comes together in the order it came, with fewer syncs than batches', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path);
    const messages = Array.from({ length: 300 }, (_, i) => `${i}`);
    const settled: string[] = [];
    let turns = 0;
    await Promise.all(
      messages.map((message) =>
        spool.append(saying(message)).then(() => {
          if (settled.length === 0 || settled.at(-1) === 'turn') turns++;
          settled.push(message);
          setImmediate(() => settled.at(-1) !== 'turn' && settled.push('turn'));
        }),
      ),
    );
    expect(turns).toBeLessThan(20);
    expect(messagesOf(await replay(spool))).toEqual(messages);
  });

  test('is nobody else’s to read', async () => {
    await using folder = await testFolder();
    const inner = join(folder.path, 'a', 'spool');
    await using spool = await openTestSpool(inner);
    await spool.append(saying('a'));
    await spool.deadLetters.add([{ draft: record(), reason: 'no' }]);
    expect((await stat(inner)).mode & 0o777).toBe(0o700);
    expect((await stat(segmentPath(inner, 1))).mode & 0o777).toBe(0o600);
    const [letter] = await readdir(join(inner, 'dead-letters'));
    expect((await stat(join(inner, 'dead-letters', letter!))).mode & 0o777).toBe(0o600);
  });

  test('belongs to one server', async () => {
    await using folder = await testFolder();
    await using _ = await openTestSpool(folder.path);
    await expect(openTestSpool(folder.path)).rejects.toThrow(CannotStart);
    await expect(openTestSpool(folder.path)).rejects.toThrow('FALLBACK_DIRECTORY');
  });

  test('knows the request of a batch until it is done, also in the next run', async () => {
    await using folder = await testFolder();
    const bodyHash = createHash('sha256').update('body').digest();
    const rejected = [{ at: 2, code: 'TOO_OLD', reason: 'expected later' }];
    const batch = batchOf([], {
      submissions: [
        { records: [record()], rejected: [], idempotency: null },
        { records: [record(), record()], rejected, idempotency: { key: 'mine', bodyHash } },
      ],
    });
    const expected = { bodyHash, result: { accepted: 2, rejected } };
    {
      await using spool = await openTestSpool(folder.path);
      await spool.append(saying('before'));
      await spool.append(batch);
      expect((await spool.requestsOf(['mine'])).get('mine')).toEqual(expected);
      expect((await spool.requestsOf(['other'])).size).toBe(0);
    }
    await using spool = await openTestSpool(folder.path);
    expect((await spool.requestsOf(['mine'])).get('mine')).toEqual(expected);
    await replay(spool);
    expect((await spool.requestsOf(['mine'])).size).toBe(0);
  });

  test('tells what it holds', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path, { segmentBytesMax: 2000 });
    const batches = Array.from({ length: 5 }, (_, i) =>
      batchOf([record()], { spooledAt: `2026-11-21T20:06:4${i}.000000Z` }),
    );
    for (const batch of batches) await spool.append(batch);
    const files = await Promise.all((await segments(folder.path)).map((name) => stat(join(folder.path, name))));
    expect(await spool.report()).toEqual({
      segments: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      batches: 5,
      oldestAt: '2026-11-21T20:06:40.000000Z',
      damaged: 0,
      unreadable: 0,
      deadLetterBytes: 0,
      problem: null,
      blocked: null,
    });
    await (await spool.oldest())!.done();
    await spool.oldest();
    expect(await spool.report()).toMatchObject({ batches: 4, oldestAt: '2026-11-21T20:06:41.000000Z' });
    await replay(spool);
    expect(await spool.report()).toMatchObject({ segments: 0, bytes: 0, batches: 0, oldestAt: null });
  });

  test('refuses what passes its bound, and takes batches again when there is room', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path, { segmentsMax: 3, segmentBytesMax: 1500 });
    let taken = 0;
    const fill = async () => {
      for (; ; taken++) await spool.append(saying(`${taken}`));
    };
    await expect(fill()).rejects.toThrow(Overloaded);
    expect(taken).toBeGreaterThanOrEqual(3);
    expect(await segments(folder.path)).toHaveLength(3);
    for (const name of await segments(folder.path))
      expect((await stat(join(folder.path, name))).size).toBeLessThanOrEqual(1500);
    expect((await spool.report()).problem?.code).toBe('SPOOL_FULL');
    while ((await spool.report()).segments === 3) await (await spool.oldest())!.done();
    expect((await spool.report()).problem).toBeNull();
    await spool.append(saying('again'));
    expect(messagesOf(await replay(spool)).at(-1)).toBe('again');
  });
});

describe('after a crash', () => {
  test('a torn last frame is cut off wherever it was torn, and appending goes on', async () => {
    await using folder = await testFolder();
    await spooled(folder, 'a', 'b');
    const whole = await readFile(first(folder));
    const start = HEADER_BYTES + (whole.length - HEADER_BYTES) / 2;
    for (let end = start; end < whole.length; end += 37) {
      await writeFile(first(folder), whole.subarray(0, end));
      {
        await using spool = await openTestSpool(folder.path);
        expect(await spool.report()).toMatchObject({ batches: 1, damaged: 0, bytes: start });
        await spool.append(saying('c'));
      }
      expect((await readFile(first(folder))).subarray(0, start)).toEqual(whole.subarray(0, start));
      await using spool = await openTestSpool(folder.path);
      expect(messagesOf(await replay(spool))).toEqual(['a', 'c']);
    }
  });

  test('nothing of a torn frame stays behind a shorter one', async () => {
    await using folder = await testFolder();
    await spooled(folder, 'a', 'b'.repeat(5000));
    await truncate(first(folder), (await stat(first(folder))).size - 1);
    await spooled(folder, 'c');
    await using spool = await openTestSpool(folder.path);
    const report = await spool.report();
    expect(report).toMatchObject({ batches: 2, damaged: 0 });
    expect((await stat(first(folder))).size).toBe(report.bytes);
  });

  test('a segment that holds nothing yet is removed', async () => {
    await using folder = await testFolder();
    for (const size of [0, 1, HEADER_BYTES - 1, HEADER_BYTES]) {
      await writeFile(first(folder), headerOf(1).subarray(0, size));
      await using spool = await openTestSpool(folder.path);
      expect(await spool.oldest()).toBeUndefined();
      expect(await segments(folder.path)).toEqual([]);
    }
  });

  test('a segment without its whole header is never appended to', async () => {
    await using folder = await testFolder();
    await writeFile(first(folder), headerOf(1).subarray(0, 7));
    await using spool = await openTestSpool(folder.path);
    await spool.append(saying('a'));
    expect(await segments(folder.path)).toEqual(['000000000001.spool', '000000000002.spool']);
    expect(messagesOf(await replay(spool))).toEqual(['a']);
  });
});

describe('damage', () => {
  const frame = (bytes: Buffer) => (bytes.length - HEADER_BYTES) / 3;
  test.each<[string, (bytes: Buffer) => number]>([
    ['marker', (bytes) => HEADER_BYTES + frame(bytes)],
    ['length', (bytes) => HEADER_BYTES + frame(bytes) + 6],
    ['checksum', (bytes) => HEADER_BYTES + frame(bytes) + 13],
    ['head', (bytes) => HEADER_BYTES + frame(bytes) + 30],
    ['records', (bytes) => HEADER_BYTES + 2 * frame(bytes) - 20],
  ])('of a frame’s %s costs that batch alone, and the segment is kept for a person', async (_, place) => {
    await using folder = await testFolder();
    await spooled(folder, 'a', 'b', 'c');
    await flip(folder, place);
    await using spool = await openTestSpool(folder.path);
    expect(await spool.report()).toMatchObject({ batches: 2, damaged: 1 });
    expect(messagesOf(await replay(spool))).toEqual(['a', 'c']);
    expect(await spool.report()).toMatchObject({ segments: 0, batches: 0, damaged: 1 });
    expect(await readdir(join(folder.path, 'damaged'))).toEqual(['000000000001.spool']);
  });

  test('of a segment’s header costs nothing', async () => {
    await using folder = await testFolder();
    for (const place of [0, 9, HEADER_BYTES - 1]) {
      await spooled(folder, 'a', 'b');
      await flip(folder, () => place);
      await using spool = await openTestSpool(folder.path);
      expect(messagesOf(await replay(spool))).toEqual(['a', 'b']);
      await rm(join(folder.path, 'damaged'), { recursive: true });
    }
  });

  test('that comes while the spool is open is passed too', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path);
    for (const message of ['a', 'b', 'c']) await spool.append(saying(message));
    await flip(folder, (bytes) => HEADER_BYTES + frame(bytes));
    expect(messagesOf(await replay(spool))).toEqual(['a', 'c']);
    await spool.append(saying('d'));
    await spool.append(saying('e'));
    await truncate(segmentPath(folder.path, 2), HEADER_BYTES + 5);
    expect(messagesOf(await replay(spool))).toEqual([]);
    expect((await spool.report()).damaged).toBe(2);
  });

  test('by somebody who takes a segment away costs that segment alone', async () => {
    await using folder = await testFolder();
    await using spool = await openTestSpool(folder.path, { segmentBytesMax: 1 });
    for (const message of ['a', 'b', 'c']) await spool.append(saying(message));
    await rm(segmentPath(folder.path, 2));
    expect(messagesOf(await replay(spool))).toEqual(['a', 'c']);
    expect(await spool.report()).toMatchObject({ segments: 0, batches: 0 });
  });

  test('does not stop appending: a new segment is begun', async () => {
    await using folder = await testFolder();
    await spooled(folder, 'a', 'b', 'c');
    await flip(folder, (bytes) => bytes.length - 5);
    await using spool = await openTestSpool(folder.path);
    await spool.append(saying('d'));
    expect(messagesOf(await replay(spool))).toEqual(['a', 'b', 'd']);
  });
});

describe('left alone', () => {
  test('are segments of another version, which are told', async () => {
    await using folder = await testFolder();
    const newer = Buffer.concat([headerOf(2), Buffer.from('of the future')]);
    await writeFile(segmentPath(folder.path, 7), newer);
    await using spool = await openTestSpool(folder.path);
    expect(await spool.report()).toMatchObject({ unreadable: 1, segments: 0, problem: null });
    await spool.append(saying('a'));
    expect(messagesOf(await replay(spool))).toEqual(['a']);
    expect(await readFile(segmentPath(folder.path, 7))).toEqual(newer);
  });

  test('are other files, folders, and what only has a segment’s name', async () => {
    await using folder = await testFolder();
    await writeFile(join(folder.path, 'notes.txt'), 'mine');
    await mkdir(join(folder.path, 'backup.spool'));
    await writeFile(segmentPath(folder.path, 3), 'nothing of the spool’s, and longer than a header');
    await using spool = await openTestSpool(folder.path);
    await spool.append(saying('a'));
    expect(messagesOf(await replay(spool))).toEqual(['a']);
    expect(await readdir(folder.path)).toEqual(['000000000003.spool', 'backup.spool', 'lock.sqlite', 'notes.txt']);
    expect((await spool.report()).unreadable).toBe(1);
  });
});

describe('a folder that cannot be used', () => {
  test('is a problem and a refusal, until it can be used', async () => {
    await using folder = await testFolder();
    const blocked = join(folder.path, 'file');
    await writeFile(blocked, '');
    await using spool = await openTestSpool(join(blocked, 'spool'));
    expect((await spool.report()).problem).toMatchObject({ code: 'SPOOL_UNWRITABLE', message: /ENOTDIR/ });
    await expect(spool.append(saying('refused'))).rejects.toThrow(Overloaded);
    await expect(spool.append(saying('refused'))).rejects.toThrow('ENOTDIR');
    await expect(spool.deadLetters.add([{ draft: record(), reason: 'no' }])).rejects.toThrow(Overloaded);
    expect(await spool.oldest()).toBeUndefined();
    await rm(blocked);
    await spool.append(saying('taken'));
    expect((await spool.report()).problem).toBeNull();
    expect(messagesOf(await replay(spool))).toEqual(['taken']);
  });

  test('is looked at again when somebody asks', async () => {
    await using folder = await testFolder();
    const blocked = join(folder.path, 'file');
    await writeFile(blocked, '');
    await using spool = await openTestSpool(join(blocked, 'spool'));
    await rm(blocked);
    await until(async () => (await spool.report()).problem === null);
  });

  test('that is only read is replayed nevertheless', async ({ skip }) => {
    await using disk = await smallDisk();
    if (!disk) return skip('needs leave to mount a tmpfs');
    await spooled({ ...disk, path: disk.path }, 'a', 'b');
    disk.remount('ro');
    {
      await using spool = await openTestSpool(disk.path);
      await expect(spool.append(saying('c'))).rejects.toThrow('EROFS');
      expect(messagesOf(await replay(spool))).toEqual(['a', 'b']);
      expect(await spool.report()).toMatchObject({ batches: 0, problem: { code: 'SPOOL_UNWRITABLE' } });
      disk.remount('rw');
      await spool.append(saying('d'));
      expect(messagesOf(await replay(spool))).toEqual(['d']);
      expect(await segments(disk.path)).toEqual([]);
    }
  });
});

test('a disk that is full refuses batches, keeps no part of them, and takes others when there is room', async ({
  skip,
}) => {
  await using disk = await smallDisk();
  if (!disk) return skip('needs leave to mount a tmpfs');
  const large = (message: string) => batchOf([record({ message, attributes: { text: 'x'.repeat(100_000) } })]);
  await writeFile(join(disk.path, 'ballast'), Buffer.alloc(256 * 1024));
  let taken = 0;
  {
    await using spool = await openTestSpool(disk.path);
    const fill = async () => {
      for (; ; taken++) await spool.append(large(`${taken}`));
    };
    await expect(fill()).rejects.toThrow(/disk.*full.*ENOSPC/);
    expect(taken).toBeGreaterThan(3);
    expect((await spool.report()).problem?.code).toBe('SPOOL_DISK_FULL');
    expect((await stat(segmentPath(disk.path, 1))).size).toBe((await spool.report()).bytes);
    await expect(
      spool.deadLetters.add([{ draft: large('dead').submissions[0]!.records[0]!, reason: 'no' }]),
    ).rejects.toThrow('ENOSPC');
    await rm(join(disk.path, 'ballast'));
    await until(async () => (await spool.report()).problem === null);
    await spool.append(large(`${taken++}`));
  }
  await using spool = await openTestSpool(disk.path);
  expect(await spool.report()).toMatchObject({ damaged: 0, segments: 1 });
  expect(messagesOf(await replay(spool))).toEqual(Array.from({ length: taken }, (_, i) => `${i}`));
});

test('a disk without room for a new segment keeps nothing of it', async ({ skip }) => {
  await using disk = await smallDisk();
  if (!disk) return skip('needs leave to mount a tmpfs');
  await using spool = await openTestSpool(disk.path);
  const tooLarge = batchOf([record({ attributes: { text: 'x'.repeat(2_000_000) } })]);
  await expect(spool.append(tooLarge)).rejects.toThrow('ENOSPC');
  expect(await segments(disk.path)).toEqual([]);
  await spool.append(saying('a'));
  expect(messagesOf(await replay(spool))).toEqual(['a']);
});
