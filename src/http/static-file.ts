import { createHash } from 'node:crypto';
import { chooseEncoding, type Encoding, encode } from './encoding.ts';

interface StaticFile {
  bytes: Buffer;
  type: string;
  headers?: Readonly<Record<string, string>>;
}

/** Answers requests for one file that never changes while the server runs. It is compressed once for each encoding. */
export function createStaticFile({ bytes, type, headers }: StaticFile): (request: Request) => Promise<Response> {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  const encoded = new Map<Encoding, Promise<Buffer>>();
  const encodeOnce = (encoding: Encoding): Promise<Buffer> => {
    if (!encoded.has(encoding)) encoded.set(encoding, encode(bytes, encoding));
    return encoded.get(encoding)!;
  };
  const always = { etag, 'cache-control': 'no-cache', vary: 'accept, accept-encoding', ...headers };
  return async (request) => {
    if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: always });
    const encoding = chooseEncoding(request.headers.get('accept-encoding'));
    return new Response((encoding ? await encodeOnce(encoding) : bytes) as never, {
      headers: { ...always, 'content-type': type, ...(encoding && { 'content-encoding': encoding }) },
    });
  };
}
