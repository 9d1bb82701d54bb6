import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { countLines, halves } from './lines.ts';
import { type Answer, judge, judgeFailure, TOO_LARGE, type Verdict } from './verdict.ts';

/** A smaller body is sent as it is. */
const GZIP_BYTES_MIN = 1024;
/** Most of the gain for a third of the time. */
const GZIP = { level: 1 };
/** Of an answer. A longer one lists rejected records. */
const ANSWER_BYTES_MAX = 64 * 1024;

const compress = promisify(gzip);

export interface Post {
  /** Never rejects. */
  send(body: Buffer, query: string, key: string): Promise<Verdict>;
  close(): void;
}

/** Sends bodies over one kept connection. */
export function createPost(url: URL, key: string | undefined, timeoutMs: number): Post {
  const isTls = url.protocol === 'https:';
  const request = isTls ? httpsRequest : httpRequest;
  const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 });
  const base = url.href.replace(/[?#].*$/, '').replace(/\/+$/, '');
  const headers = {
    'content-type': 'application/x-ndjson',
    'user-agent': 'weir-client',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };

  async function exchange(body: Buffer, query: string, idempotencyKey: string): Promise<Answer> {
    const isZipped = body.length >= GZIP_BYTES_MIN;
    const bytes = isZipped ? await compress(body, GZIP) : body;
    return new Promise((resolve, reject) => {
      const sent = request(`${base}/ingest?${query}`, {
        method: 'POST',
        agent,
        headers: {
          ...headers,
          'content-length': bytes.length,
          'idempotency-key': idempotencyKey,
          ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
        },
      });
      // After the request: one that cannot be made throws, and has nothing to destroy.
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      sent.on('response', (response) => readAnswer(response).then(resolve, reject));
      sent.on('error', reject);
      sent.on('close', () => clearTimeout(timer));
      sent.end(bytes);
    });
  }

  async function once(body: Buffer, query: string, idempotencyKey: string): Promise<Verdict | typeof TOO_LARGE> {
    try {
      return judge(await exchange(body, query, idempotencyKey), countLines(body));
    } catch (error) {
      return judgeFailure(error as NodeJS.ErrnoException);
    }
  }

  /** Halves of a body that is too large get keys that are made from its own: a repeat has the same halves and keys. */
  async function send(body: Buffer, query: string, idempotencyKey: string): Promise<Verdict> {
    const verdict = await once(body, query, idempotencyKey);
    if (verdict !== TOO_LARGE) return verdict;
    const parts = halves(body);
    if (!parts) return { kind: 'refused', message: `a record of ${body.length} bytes: HTTP 413` };
    const first = await send(parts[0], query, `${idempotencyKey}-0`);
    if (first.kind === 'retry') return first;
    const second = await send(parts[1], query, `${idempotencyKey}-1`);
    return joined(first, countLines(parts[0]), second, countLines(parts[1]));
  }

  return { send, close: () => agent.destroy() };
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const { statusCode, headers } = response;
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) if (body.length < ANSWER_BYTES_MAX) body += chunk;
  return { status: statusCode!, retryAfter: headers['retry-after'], body };
}

/** The verdict of a body in two halves. */
function joined(first: Verdict, firstLines: number, second: Verdict, secondLines: number): Verdict {
  if (second.kind === 'retry') return { ...second, notStored: false };
  if (first.kind === 'refused' && second.kind === 'refused') return first;
  const rejected = rejectedOf(first, firstLines) + rejectedOf(second, secondLines);
  return { kind: 'stored', rejected, message: first.kind === 'refused' ? first.message : second.message };
}

const rejectedOf = (verdict: Verdict, lines: number): number => (verdict.kind === 'stored' ? verdict.rejected : lines);
