import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HostileRequest, hostileRequest, wireOf } from '../support/hostile.ts';
import type { IngestAnswer } from '../support/raw.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const SEED = Number(process.env.TEST_SEED ?? Date.now() % 1e9);
const RUNS = Number(process.env.TEST_FUZZ_RUNS ?? 1_000);
const ANSWER_WITHIN_MS = 60_000;
const LEAVES_AFTER_MS = 50;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Answered {
  status: number;
  body: IngestAnswer;
}

/** All that the server answers on one connection, to its end. A sender that promised more than it has leaves after a while. */
function exchange({ framing, ...request }: HostileRequest): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const done = (): void => {
      clearTimeout(timer);
      resolve(Buffer.concat(received).toString());
    };
    const socket = connect(Number(port), hostname, () => socket.write(wireOf({ framing, ...request })));
    if (promisesMore({ framing, ...request })) socket.setTimeout(LEAVES_AFTER_MS, () => socket.end());
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end of the answer within ${ANSWER_WITHIN_MS} ms`));
    }, ANSWER_WITHIN_MS);
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('error', done);
    socket.on('close', done);
  });
}

const promisesMore = ({ framing, body }: HostileRequest): boolean =>
  framing.kind === 'lie' && Number.parseInt(framing.contentLength, 10) > body.length;

/** A request whose length lies may end inside another: then there are several answers, or, as it never ended, none. */
const answersIn = (received: string): Answered[] =>
  received
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((part) => part !== '')
    .map((part) => ({
      status: Number(part.slice(9, 12)),
      body: JSON.parse(part.slice(part.indexOf('{'), part.lastIndexOf('}') + 1)) as IngestAnswer,
    }));

const STATUSES = [200, 400, 403, 404, 405, 408, 413, 415, 421, 422, 431, 503];

function checkShape({ status, body }: Answered): void {
  expect(STATUSES).toContain(status);
  if (status !== 200 && !('accepted' in body)) {
    expect(body).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
    return;
  }
  const { accepted, duplicates, rejected, durability, cursor, error } = body;
  expect(Number.isInteger(accepted) && accepted >= 0 && duplicates !== null && duplicates <= accepted).toBe(true);
  expect(durability).toBe(accepted > 0 ? 'DATABASE' : null);
  expect(cursor === null).toBe(accepted === 0);
  for (const { line, code, reason } of rejected) {
    expect(Number.isInteger(line) && line > 0 && /^[A-Z_]+$/.test(code) && reason.length > 10, reason).toBe(true);
  }
  if (error) expect(error).toEqual({ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) });
  expect(status === 200).toBe(accepted > 0 && error === undefined);
}

test('whatever is sent to /ingest is answered, never with a 500, and what was accepted is stored once', {
  timeout: 300_000,
}, async () => {
  console.log(`TEST_SEED=${SEED}`);
  const counted = new Set<string>();
  let stored = 0;
  const send = async (request: HostileRequest): Promise<void> => {
    const answers = answersIn(await exchange(request));
    if (request.framing.kind !== 'lie') expect(answers).toHaveLength(1);
    for (const answer of answers) {
      checkShape(answer);
      const { accepted, duplicates, cursor } = answer.body;
      const keyed = request.headers.find((header) => header.startsWith('idempotency-key'));
      const repeated = keyed !== undefined && counted.has(`${keyed} ${cursor}`);
      if (accepted > 0 && !repeated) stored += accepted - duplicates!;
      counted.add(`${keyed} ${cursor}`);
    }
  };
  await fc.assert(fc.asyncProperty(hostileRequest, send), { seed: SEED, numRuns: RUNS });

  expect((await server.ingest('{"message":"still there"}')).status).toBe(200);
  expect(stored).toBeGreaterThan(RUNS / 10);
  expect(await readAll()).toBe(stored + 1);
});

interface Page {
  logs: {
    nodes: { uid: string; timestamp: string }[];
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
    totalCount: number;
  };
}

/** Reads every field of every record, page by page: how many there are. */
async function readAll(): Promise<number> {
  const keys = new Set<string>();
  for (let after: string | null = null, more = true; more; ) {
    const { data, errors }: { data?: Page | null; errors?: unknown } = await server.query<Page>(
      `query ($after: String) { logs(first: 200, after: $after) { totalCount pageInfo { endCursor hasNextPage }
        nodes { uid timestamp level message service component host correlationId userId durationMs attributes } } }`,
      { after },
    );
    expect(errors).toBeUndefined();
    for (const { uid, timestamp } of data!.logs.nodes) keys.add(`${timestamp} ${uid}`);
    ({ endCursor: after, hasNextPage: more } = data!.logs.pageInfo);
  }
  return keys.size;
}
