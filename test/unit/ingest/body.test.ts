import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readBody } from '../../../src/ingest/http/body-bytes.ts';

const BYTES_MAX = 100_000;
const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync } as const;
const encodings = Object.entries(ENCODERS);
const text = Array.from({ length: 2_000 }, (_, i) => `line ${i}`).join('\n');

const request = (body: BodyInit, encoding?: string): Request =>
  new Request('http://weir/ingest', {
    method: 'POST',
    body,
    headers: encoding === undefined ? {} : { 'content-encoding': encoding },
    ...{ duplex: 'half' },
  });

async function read(from: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(from, BYTES_MAX)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a body', () => {
  test.each(encodings)('in %s is decompressed', async (encoding, encode) => {
    expect(await read(request(encode(text) as Uint8Array<ArrayBuffer>, encoding.toUpperCase()))).toBe(text);
  });

  test('without an encoding is as it is', async () => {
    expect(await read(request(text))).toBe(text);
    expect(await read(request(text, 'identity'))).toBe(text);
  });

  test.each(encodings)('in %s that ends early is refused', async (encoding, encode) => {
    const half = encode(text).subarray(0, -20) as Uint8Array<ArrayBuffer>;
    await expect(read(request(half, encoding))).rejects.toMatchObject({ status: 400, code: 'INVALID_ENCODING' });
  });

  test.each(encodings)('that is no %s is refused', async (encoding) => {
    await expect(read(request('{"message":"plain"}', encoding))).rejects.toMatchObject({ status: 400 });
  });

  test.each(['gzip, br', 'compress', 'toString'])('in %s is refused', async (encoding) => {
    await expect(read(request(text, encoding))).rejects.toMatchObject({ status: 415, code: 'UNSUPPORTED_ENCODING' });
  });

  test('of exactly the bound is taken, of one byte more refused', async () => {
    expect(await read(request('x'.repeat(BYTES_MAX)))).toHaveLength(BYTES_MAX);
    await expect(read(request('x'.repeat(BYTES_MAX + 1)))).rejects.toMatchObject({
      status: 413,
      code: 'BODY_TOO_LARGE',
    });
  });

  test.each(encodings)('in %s that grows past the bound is refused long before its end', async (encoding, encode) => {
    const bomb = encode(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().rss;
    await expect(read(request(bomb as Uint8Array<ArrayBuffer>, encoding))).rejects.toMatchObject({ status: 413 });
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024);
  });

  test('that grows past the bound is read no further', async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(Buffer.alloc(10_000));
      },
      cancel() {
        cancelled = true;
      },
    });
    await expect(read(request(endless))).rejects.toMatchObject({ status: 413 });
    expect(pulled).toBeLessThan(20);
    expect(cancelled).toBe(true);
  });
});
