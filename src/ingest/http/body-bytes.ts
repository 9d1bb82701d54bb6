import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { BodyRefused } from '../../errors.ts';

const OUTPUT = { chunkSize: 64 * 1024 };
const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: () => createGunzip(OUTPUT),
  'x-gzip': () => createGunzip(OUTPUT),
  deflate: () => createInflate(OUTPUT),
  br: () => createBrotliDecompress(OUTPUT),
  zstd: () => createZstdDecompress(OUTPUT),
};

/**
 * The body's bytes, decompressed, as they come. Stops reading as soon as there are more than `bytesMax`, so that a small
 * body that would become a large one costs no more than that.
 * @throws BodyRefused 415 an encoding that is not known, or several; 413 too large; 400 not what its encoding says, or the
 * sender left before its end
 */
export async function* readBody(request: Request, bytesMax: number): AsyncGenerator<Uint8Array> {
  const decoder = decoderFor(request.headers.get('content-encoding'));
  if (!decoder && Number(request.headers.get('content-length')) > bytesMax) throw tooLarge(bytesMax);
  if (!request.body) return;
  let bytes = 0;
  const sent = received(request.body);
  for await (const chunk of decoder ? decoded(sent, decoder()) : sent) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    yield chunk;
  }
}

/** Over a socket the body is node's stream: whoever stops to read it must not destroy it, as the answer goes the same way. */
async function* received(body: AsyncIterable<Uint8Array> | Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* 'iterator' in body ? body.iterator({ destroyOnReturn: false }) : body;
  } catch (cause) {
    throw new BodyRefused(
      400,
      'INCOMPLETE_BODY',
      `expected a whole body, got its beginning: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

function decoderFor(header: string | null): (() => NodeJS.ReadWriteStream) | undefined {
  const encoding = (header ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return undefined;
  if (Object.hasOwn(DECODERS, encoding)) return DECODERS[encoding];
  throw new BodyRefused(
    415,
    'UNSUPPORTED_ENCODING',
    `Content-Encoding: expected one of gzip, deflate, br and zstd, got ${encoding}`,
  );
}

async function* decoded(body: AsyncIterable<Uint8Array>, decoder: NodeJS.ReadWriteStream): AsyncGenerator<Buffer> {
  const source = Readable.from(body);
  const output = pipeline(source, decoder, () => {}) as unknown as Readable;
  try {
    for await (const chunk of output) yield chunk;
  } catch (error) {
    if (!isDecoderError(error)) throw error;
    throw new BodyRefused(400, 'INVALID_ENCODING', `expected a whole body in its Content-Encoding: ${error.message}`, {
      cause: error,
    });
  } finally {
    source.destroy();
    output.destroy();
  }
}

/** zlib's codes: `Z_DATA_ERROR`, `ERR__ERROR_FORMAT_1` (brotli), `ZSTD_error_prefix_unknown`. */
const isDecoderError = (error: unknown): error is Error =>
  error instanceof Error && /^(Z_|ERR_|ZSTD_)/.test((error as NodeJS.ErrnoException).code ?? '');

const tooLarge = (bytesMax: number): BodyRefused =>
  new BodyRefused(413, 'BODY_TOO_LARGE', `expected a body of at most ${bytesMax} bytes after decompression, got more`);
