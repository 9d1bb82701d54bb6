import { pipeline, Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzip,
  zstdCompress,
} from 'node:zlib';

/** The encodings of responses, the fastest first for its size. */
const ENCODINGS = ['zstd', 'br', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/**
 * A fast one: a response is compressed once and sent once. Brotli compresses GraphiQL's page of 9 MB to a fifth in half a
 * second; its highest quality takes half a minute.
 */
const BROTLI_QUALITY = 5;

const ENCODERS: Readonly<Record<Encoding, (bytes: Buffer) => Promise<Buffer>>> = {
  zstd: (bytes) => promisify(zstdCompress)(bytes),
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (bytes) => promisify(gzip)(bytes),
};

export const encode = (bytes: Buffer, encoding: Encoding): Promise<Buffer> => ENCODERS[encoding](bytes);

/** Of a long response, which is sent while it is made: the fastest levels keep up with it. */
const STREAMS: Readonly<Record<Encoding, () => Transform>> = {
  zstd: () => createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  gzip: () => createGzip({ level: constants.Z_BEST_SPEED }),
};

/** The text in an encoding. When its reader stops, `text` ends too. */
export async function* encodedStream(text: AsyncIterable<string>, encoding: Encoding): AsyncGenerator<Uint8Array> {
  const encoder = STREAMS[encoding]();
  // A failure of one destroys the other, and so reaches the reader.
  pipeline(Readable.from(text, { objectMode: false }), encoder, () => {});
  yield* encoder;
}

/** The encoding that an `Accept-Encoding` header likes best, or undefined for none. */
export function chooseEncoding(accepted: string | null): Encoding | undefined {
  if (!accepted) return undefined;
  const qualities = new Map(accepted.split(',').map(readOffer));
  const qualityOf = (name: string): number => qualities.get(name) ?? qualities.get('*') ?? 0;
  const best = ENCODINGS.reduce((a, b) => (qualityOf(b) > qualityOf(a) ? b : a));
  const isLiked = qualityOf(best) > 0 && qualityOf(best) >= (qualities.get('identity') ?? 0);
  return isLiked ? best : undefined;
}

function readOffer(offer: string): [name: string, quality: number] {
  const [name = '', ...parameters] = offer.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  return [name, quality === undefined ? 1 : Number(quality.slice(2)) || 0];
}

/** A shorter response fits into one packet: compressing it gains nothing. */
const BYTES_MIN = 1024;

/** Compresses a response of JSON, if its client accepts that. */
export async function compressed(accepted: string | null, response: Response): Promise<Response> {
  const { status, statusText, headers } = response;
  if (headers.has('content-encoding') || !/^application\/([\w-]+\+)?json/.test(headers.get('content-type') ?? '')) {
    return response;
  }
  headers.append('vary', 'accept-encoding');
  const encoding = chooseEncoding(accepted);
  if (!encoding) return response;
  const bytes = Buffer.from(await response.text());
  const isShort = bytes.length < BYTES_MIN;
  if (!isShort) headers.set('content-encoding', encoding);
  const body = isShort ? bytes : await encode(bytes, encoding);
  headers.set('content-length', String(body.length));
  // The class of the response: the HTTP adapter sends the body of its own class in one piece.
  return new (response.constructor as typeof Response)(body as never, { status, statusText, headers });
}
