import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { BodyRejected } from '../../errors.ts';
import { shown } from '../../log/shown.ts';

const OUTPUT = { chunkSize: 64 * 1024 };
const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: () => createGunzip(OUTPUT),
  'x-gzip': () => createGunzip(OUTPUT),
  deflate: () => createInflate(OUTPUT),
  br: () => createBrotliDecompress(OUTPUT),
  zstd: () => createZstdDecompress(OUTPUT),
};

/**
 * The body's bytes, decompressed, as they arrive. Reading stops once there are more than `bytesMax`, so that a small body
 * that decompresses to a huge one cannot fill the memory. A body with `otherEncoding` comes as it was sent.
 * @throws BodyRejected 415: the encoding is unknown, or there are several. 413: the body is too large. 400: the body does
 * not match its encoding, or the client left before its end.
 */
export async function* readBody(
  request: Request,
  bytesMax: number,
  otherEncoding?: string,
): AsyncGenerator<Uint8Array> {
  const decoder = decoderFor(request.headers.get('content-encoding'), otherEncoding);
  if (!decoder) requireSize(Number(request.headers.get('content-length')), bytesMax);
  if (!request.body) return;
  let bytes = 0;
  const sent = received(request.body);
  for await (const chunk of decoder ? decoded(sent, decoder()) : sent) {
    bytes += chunk.length;
    requireSize(bytes, bytesMax);
    yield chunk;
  }
}

/** Over a socket the body is Node's stream. Leaving the loop must not destroy it: the response uses the same socket. */
async function* received(body: AsyncIterable<Uint8Array> | Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* 'iterator' in body ? body.iterator({ destroyOnReturn: false }) : body;
  } catch (cause) {
    throw new BodyRejected(
      400,
      'INCOMPLETE_BODY',
      `expected a complete body, got only its beginning: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function decoderFor(header: string | null, otherEncoding?: string): (() => NodeJS.ReadWriteStream) | undefined {
  const encoding = (header ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity' || encoding === otherEncoding) return undefined;
  if (Object.hasOwn(DECODERS, encoding)) return DECODERS[encoding];
  throw new BodyRejected(
    415,
    'UNSUPPORTED_ENCODING',
    `Content-Encoding: expected one of gzip, deflate, br and zstd, got ${shown(encoding)}`,
  );
}

async function* decoded(body: AsyncIterable<Uint8Array>, decoder: NodeJS.ReadWriteStream): AsyncGenerator<Buffer> {
  const source = Readable.from(body);
  const output = pipeline(source, decoder, () => {}) as unknown as Readable;
  try {
    for await (const chunk of output) yield chunk;
  } catch (error) {
    if (!isDecoderError(error)) throw error;
    throw new BodyRejected(
      400,
      'INVALID_ENCODING',
      `expected a complete body in its Content-Encoding: ${error.message}`,
      {
        cause: error,
      },
    );
  } finally {
    source.destroy();
    output.destroy();
  }
}

/** The codes of zlib's errors: `Z_DATA_ERROR`, `ERR__ERROR_FORMAT_1` (brotli), `ZSTD_error_prefix_unknown`. */
const isDecoderError = (error: unknown): error is Error =>
  error instanceof Error && /^(Z_|ERR_|ZSTD_)/.test((error as NodeJS.ErrnoException).code ?? '');

/** @throws BodyRejected 413 */
export function requireSize(bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax || Number.isNaN(bytes)) return;
  throw new BodyRejected(
    413,
    'BODY_TOO_LARGE',
    `expected a body of at most ${bytesMax} bytes after decompression, got more`,
  );
}
