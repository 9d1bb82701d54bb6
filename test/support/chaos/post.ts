import { type Agent, request } from 'node:http';

/** What became of a request: an answer, or why there is none. */
export type Outcome =
  | { status: number; retryAfter: string | undefined; body: string; ms: number }
  | { status: null; error: string; ms: number };

/** Posts NDJSON to `/ingest`. Never throws: a connection that breaks is an outcome like any other. */
export function post(
  url: string,
  body: string,
  { agent, key, timeoutMs }: { agent: Agent; key: string | null; timeoutMs: number },
): Promise<Outcome> {
  const started = performance.now();
  const ms = (): number => performance.now() - started;
  const headers = { 'content-type': 'application/x-ndjson', ...(key === null ? {} : { 'idempotency-key': key }) };
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve({ status: null, error: error.message, ms: ms() });
    const sending = request(`${url}/ingest`, { method: 'POST', agent, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        answer += chunk;
      });
      response.on('error', fail);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          retryAfter: response.headers['retry-after'],
          body: answer,
          ms: ms(),
        }),
      );
      response.on('close', () => fail(new Error('the answer was cut')));
    });
    sending.setTimeout(timeoutMs, () => sending.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    sending.on('error', fail);
    sending.end(body);
  });
}
