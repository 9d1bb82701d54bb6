import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { AddressGuard, ResolvedAddress } from './address-guard.ts';
import { AttemptFailed } from './failure.ts';
import { isHttp } from './target.ts';

/** What is sent to a URL. */
export interface Post {
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** More of a response is not read. */
const RESPONSE_BYTES_MAX = 64 * 1024;
/** A target may ask to wait no longer than this. */
const RETRY_AFTER_MS_MAX = 3_600_000;

/**
 * Makes one request; resolves when the response has a status of success. The connection is a new one, to an address that was
 * checked for this request: without a proxy, and no redirect is followed.
 * @param signal ends the attempt at any step
 * @throws AttemptFailed another status, or a refused address; an error of Node, or the reason of `signal`
 */
export async function post(target: string, sent: Post, guard: AddressGuard, signal: AbortSignal): Promise<void> {
  const url = new URL(target);
  if (!isHttp(url)) throw new AttemptFailed('the target is not an http or https URL');
  const addresses = await orAbort(guard.addressesOf(url.hostname), signal);
  const { statusCode = 0, headers } = await responseTo(url, sent, addresses, signal);
  if (statusCode >= 200 && statusCode < 300) return;
  const hint = statusCode >= 300 && statusCode < 400 ? ': redirects are not followed' : '';
  throw new AttemptFailed(`status ${statusCode}${hint}`, retryAfterMs(headers['retry-after']));
}

/** Resolves when the response has ended, was cut at its limit, or broke: its status is known then. */
function responseTo(
  url: URL,
  { headers, body }: Post,
  addresses: readonly ResolvedAddress[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  let received: IncomingMessage | undefined;
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const sending = request(url, { method: 'POST', agent: false, lookup: onlyOf(addresses), headers, signal });
  sending.on('error', (error) => (received ? resolve(received) : reject(error)));
  sending.on('upgrade', (_response, socket) => {
    socket.destroy();
    reject(new AttemptFailed('status 101'));
  });
  sending.on('response', (response) => {
    received = response;
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > RESPONSE_BYTES_MAX) response.destroy();
    });
    response.on('error', () => {});
    response.on('close', () => resolve(response));
  });
  sending.end(body);
  return promise;
}

/** A `lookup` that knows these addresses alone, so that no name is resolved a second time. */
const onlyOf =
  (addresses: readonly ResolvedAddress[]): LookupFunction =>
  (_name, { all }, found) =>
    all ? found(null, [...addresses]) : found(null, addresses[0]!.address, addresses[0]!.family);

/** The result of `promise`, whose work cannot be ended. @throws the reason of `signal`, if that comes first */
async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** RFC 9110, Retry-After: seconds, or a date. 0 for anything else. */
function retryAfterMs(value: string | undefined, nowMs = Date.now()): number {
  const ms = /^\d+$/.test(value ?? '') ? Number(value) * 1000 : Date.parse(value ?? '') - nowMs;
  return ms > 0 ? Math.min(ms, RETRY_AFTER_MS_MAX) : 0;
}
