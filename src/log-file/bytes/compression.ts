import { pipeline, Readable } from 'node:stream';
import { brotliDecompressSync, constants, createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { beginningOf } from './beginning.ts';
import { isText } from './charset.ts';
import { UnreadableInput } from './unreadable-input.ts';

const OUTPUT = { chunkSize: 64 * 1024 };
/** Enough for every mark below. A pipe may be slow, so that more is not waited for. */
const MARK_BYTES = 6;
/** Brotli has no mark: so much of the output must be text. */
const BROTLI_TRIED_BYTES = 64 * 1024;

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** The first bytes of compressed files that Node cannot read. */
const UNKNOWN: readonly [name: string, mark: readonly number[], program: string][] = [
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz -dc'],
  ['bzip2', [0x42, 0x5a, 0x68], 'bzip2 -dc'],
  ['zip', [0x50, 0x4b, 0x03, 0x04], 'unzip -p'],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf], '7z x -so'],
  ['lz4', [0x04, 0x22, 0x4d, 0x18], 'lz4 -dc'],
];

/**
 * The bytes of a log, whether they are compressed with gzip, zstd or brotli, or not at all: their first bytes decide, and not
 * the name of the file.
 * @throws UnreadableInput another compression, or the compressed bytes are damaged or end too early
 */
export async function* decompressed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { begin, whole } = await beginningOf(chunks, MARK_BYTES);
  const begins = (mark: readonly number[]): boolean => mark.every((byte, at) => begin[at] === byte);
  for (const [name, mark, program] of UNKNOWN) {
    if (begins(mark) && !isText(begin)) {
      throw new UnreadableInput(
        `expected a log as text, or compressed with gzip, zstd or brotli, got ${name}: use \`${program} FILE | weir import -\``,
      );
    }
  }
  if (begins(GZIP)) yield* decodedBy('gzip', createGunzip(OUTPUT), whole);
  else if (begins(ZSTD)) yield* decodedBy('zstd', createZstdDecompress(OUTPUT), whole);
  else if (isBrotli(begin)) yield* decodedBy('brotli', createBrotliDecompress(OUTPUT), whole);
  else yield* whole;
}

function isBrotli(begin: Buffer): boolean {
  if (isText(begin)) return false;
  try {
    const output = brotliDecompressSync(begin, {
      finishFlush: constants.BROTLI_OPERATION_FLUSH,
      maxOutputLength: BROTLI_TRIED_BYTES * 1024,
    });
    return output.length > 0 && isText(output.subarray(0, BROTLI_TRIED_BYTES));
  } catch {
    return false;
  }
}

async function* decodedBy(
  name: string,
  decoder: NodeJS.ReadWriteStream,
  whole: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  let sourceError: unknown;
  const source = Readable.from(
    (async function* () {
      try {
        yield* whole;
      } catch (error) {
        sourceError = error;
        throw error;
      }
    })(),
  );
  const output = pipeline(source, decoder, () => {}) as unknown as Readable;
  try {
    for await (const chunk of output) yield chunk;
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    throw new UnreadableInput(`expected complete ${name} data, got damaged data: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    source.destroy();
    output.destroy();
  }
}
