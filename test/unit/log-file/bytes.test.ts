import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { asUtf8 } from '../../../src/log-file/bytes/charset.ts';
import { decompressed } from '../../../src/log-file/bytes/compression.ts';
import { isJsonFile, readJsonFile } from '../../../src/log-file/json-file.ts';

const TEXT = Array.from({ length: 3000 }, (_, i) => `2026-11-20 10:00:00 INFO Grüße ${i} ✓`).join('\n');

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = async (bytes: Buffer, size = 1000): Promise<string> =>
  Buffer.concat(await Array.fromAsync(asUtf8(decompressed(inChunks(bytes, size))))).toString();

const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();

describe('a log', () => {
  test.each([
    ['as it is', Buffer.from(TEXT)],
    ['in gzip', gzipSync(TEXT)],
    [
      'in several members of gzip, as logs are rotated',
      Buffer.concat([gzipSync(TEXT.slice(0, 999)), gzipSync(TEXT.slice(999))]),
    ],
    ['in zstd', zstdCompressSync(TEXT)],
    ['in brotli', brotliCompressSync(TEXT)],
    ['in UTF-16 without a mark', Buffer.from(TEXT, 'utf16le')],
    ['in UTF-16 with the high byte first', swapped(Buffer.from(TEXT, 'utf16le'))],
  ])('%s is read', async (_, bytes) => {
    expect(await read(bytes)).toBe(TEXT);
    expect(await read(bytes, 64 * 1024)).toBe(TEXT);
  });

  test('in UTF-16 with a mark is read', async () => {
    const marked = Buffer.from(`\ufeff${TEXT}`, 'utf16le');
    expect(await read(marked)).toBe(TEXT);
    expect(await read(swapped(marked))).toBe(TEXT);
  });

  test('in Latin-1 is read, line by line, and damaged UTF-8 is not mistaken for it', async () => {
    const lines = Buffer.concat([
      Buffer.from('Grüße\n', 'latin1'),
      Buffer.from('Grüße\n'),
      Buffer.from('Grüße '),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('é', 'latin1'),
    ]);
    expect(await read(lines, 3)).toBe('Grüße\nGrüße\nGrüße \ufffd\né');
  });

  test.each([
    ['an image', Buffer.from('89504e470d0a1a0a0000000d49484452000001900000012c0806000000', 'hex'), 'got binary data'],
    ['xz', Buffer.from('fd377a585a000004e6d6b446', 'hex'), 'got xz: use `xz -dc FILE'],
    ['gzip that was cut', gzipSync(TEXT).subarray(0, 500), 'expected complete gzip data'],
  ])('that is %s is rejected with a sentence', async (_, bytes, sentence) => {
    await expect(read(bytes)).rejects.toThrow(sentence);
  });
});

test('colours of a terminal are no binary data', async () => {
  const line = '\x1b[32mINFO\x1b[0m \x1b[1mstarted\x1b[0m\n';
  expect(await read(Buffer.from(line))).toBe(line);
});

test.each([
  ['[{"message":"a"},\n{"message":"b"}]', 2],
  ['{\n  "message": "a"\n}\n', 1],
  ['[\n  {"message": "a"}\n]', 1],
])('%j is read as JSON', async (text, count) => {
  const bytes = Buffer.from(text);
  expect(isJsonFile(bytes)).toBe(true);
  const entries = await Array.fromAsync(readJsonFile(bytes, inChunks(bytes, 5)));
  expect(entries.filter((entry) => 'draft' in entry)).toHaveLength(count);
});

test.each(['{"message":"a"}\n{"message":"b"}', '{"message":"a', '[2026-11-20 10:00:00] INFO x', '[main] started'])(
  '%j is read line by line',
  (text) => {
    expect(isJsonFile(Buffer.from(text))).toBe(false);
  },
);
