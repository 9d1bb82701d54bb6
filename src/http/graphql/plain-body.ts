import { readBody } from '../../ingest/http/body-bytes.ts';

/**
 * A request with its body decompressed, and of at most `bytesMax`. A body that says so itself is not touched.
 * @throws BodyRejected 415: the encoding is unknown. 413, 400: as `readBody`
 */
export async function withPlainBody(request: Request, bytesMax: number): Promise<Request> {
  const { url, method, signal } = request;
  if (method !== 'POST' || isPlain(request, bytesMax)) return request;
  const body = Buffer.concat(await Array.fromAsync(readBody(request, bytesMax)));
  const headers = new Headers(request.headers);
  headers.delete('content-encoding');
  headers.delete('content-length');
  // The class of the request: Node's own does not take the signal of another one.
  return new (request.constructor as typeof Request)(url, { method, headers, body, signal });
}

/** Node reads no more of a body than its `Content-Length`. */
function isPlain({ headers }: Request, bytesMax: number): boolean {
  const length = headers.get('content-length');
  return !headers.get('content-encoding') && length !== null && Number(length) <= bytesMax;
}
