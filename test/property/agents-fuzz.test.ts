import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HostileRequest, hostileRequest } from '../support/hostile.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const SEED = Number(process.env.TEST_SEED ?? Date.now() % 1e9);
const RUNS = Number(process.env.TEST_FUZZ_RUNS ?? 300);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const ACTIONS = [
  '{"index":{"_index":"logs"}}',
  '{"create":{"_index":"logs","_id":"1"}}',
  '{"create":{"_id":7}}',
  '{"delete":{"_index":"logs","_id":"1"}}',
  '{"update":{"_index":"logs","_id":"1"}}',
  '{"index":{"_index":"\\u0000","_id":"\\ud800"}}',
  '{"index":{"_index":[]}}',
  '{"__proto__":{"_index":"a"}}',
  '{"index":null}',
  '',
];
const EVENTS = [
  '{"event":',
  '{"time":"1e400","fields":7,"event":',
  '{"message":',
  '{"ddtags":" : ,a:,:b","status":[],"message":',
];
const PATHS = [
  ...['/_bulk', '/elastic/logs/_bulk', '/__proto__/_bulk', '/%00/_bulk?filter_path=items.*.error', '/%zz/_bulk/'],
  ...['/services/collector', '/services/collector/raw?host=%00', '/services/collector/event/1.0'],
  ...['/api/v2/logs', '/v1/input?ddtags=%ff,:&service=%00'],
];

/** Each line of a body as the document after an action, or inside an event. */
const shaped = fc
  .tuple(hostileRequest, fc.array(fc.constantFrom(...ACTIONS, ...EVENTS), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([{ headers, body }, shapes, isShaped]): Pick<HostileRequest, 'headers' | 'body'> => {
    if (!isShaped || headers.some((header) => header.startsWith('content-encoding'))) return { headers, body };
    const text = body.toString('latin1').split('\n');
    const lines = text.map((line, i) => {
      const shape = shapes[i % shapes.length]!;
      return EVENTS.includes(shape) ? `${shape}${line}}` : `${shape}\n${line}`;
    });
    return { headers, body: Buffer.from(lines.join('\n'), 'latin1') };
  });

interface Answered {
  status: number;
  text: string;
}

/** On a connection of its own: one whose body was not read to its end may be reset before the next request. */
function post(path: string, headers: Record<string, string>, body: Buffer): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sending = request(server.url + path, { method: 'POST', agent: false, headers }, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode!, text });
    });
    sending.on('error', reject).end(body);
  });
}

const headersOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));

const STATUSES = [200, 202, 400, 413, 415, 422, 503];

test('whatever is sent to the paths of Elasticsearch, Splunk and Datadog is answered in their form, never with a 500', {
  timeout: 300_000,
}, async () => {
  console.log(`TEST_SEED=${SEED}`);
  const send = async ({ headers: lines, body }: Pick<HostileRequest, 'headers' | 'body'>, path: string) => {
    const { status, text } = await post(path, headersOf(lines), body);
    expect(STATUSES, text).toContain(status);
    const answer = JSON.parse(text) as Record<string, unknown>;
    if (path.includes('_bulk')) checkBulk(status, answer);
    else if (path.includes('collector'))
      expect(answer).toMatchObject({ code: expect.any(Number), text: expect.any(String) });
    else
      expect(answer).toEqual(
        status === 202 ? {} : { errors: [expect.objectContaining({ detail: expect.any(String) })] },
      );
  };
  await fc.assert(fc.asyncProperty(shaped, fc.constantFrom(...PATHS), send), {
    seed: SEED,
    numRuns: RUNS,
    endOnFailure: true,
  });
  expect((await server.ingest('{"message":"still there"}')).status).toBe(200);
});

function checkBulk(status: number, answer: Record<string, unknown>): void {
  if (status !== 200) {
    expect(answer).toMatchObject({ status, error: { type: expect.any(String), reason: expect.any(String) } });
    return;
  }
  for (const item of (answer.items ?? []) as Record<string, { status?: number; error?: object }>[]) {
    for (const { status, error } of Object.values(item)) {
      if (status !== undefined) expect([status, error !== undefined]).toEqual([status, status !== 201]);
    }
  }
}
