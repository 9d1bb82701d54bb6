import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let weir: TestServer;
beforeAll(async () => {
  weir = await startTestServer();
});
afterAll(() => weir[Symbol.asyncDispose]());

interface IngestResult {
  accepted: number;
  duplicates: number;
  rejected: { index: number; code: string }[];
  durability: string | null;
  cursor: string | null;
}

const INGEST = `mutation ($logs: [LogInput!]!, $key: String) {
  ingest(logs: $logs, idempotencyKey: $key) { accepted duplicates rejected { index code } durability cursor }
}`;

const ingest = async (logs: object[], key?: string) => {
  const { data, errors } = await weir.query<{ ingest: IngestResult }>(INGEST, { logs, key });
  return data?.ingest ?? errors?.map(({ extensions }) => extensions.code);
};

const read = async (service: string, fields: string) => {
  const { data } = await weir.query<{ logs: { nodes: Record<string, unknown>[] } }>(
    `query ($service: String!) { logs(filter: { services: [$service] }, order: OLDEST_FIRST) { nodes { ${fields} } } }`,
    { service },
  );
  return data?.logs.nodes;
};

test('a record that cannot be stored is named by its index, and spares its neighbours', async () => {
  const service = randomUUID();
  const logs = [
    { message: 'no time', uid: randomUUID() },
    { message: 'kept', service },
    { message: 'old', timestamp: '1950-01-01' },
  ];
  expect(await ingest(logs)).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 0, code: 'TIMESTAMP_REQUIRED' },
      { index: 2, code: 'TOO_OLD' },
    ],
    durability: 'DATABASE',
    cursor: expect.any(String),
  });
  expect(await read(service, 'message')).toEqual([{ message: 'kept' }]);
});

test('where nothing is accepted nothing is durable, and there is no cursor', async () => {
  const refused = { accepted: 0, duplicates: 0, durability: null, cursor: null };
  expect(await ingest([])).toEqual({ ...refused, rejected: [] });
  expect(await ingest([{ message: 'x', severityNumber: 25 }])).toEqual({
    ...refused,
    rejected: [{ index: 0, code: 'INVALID_VALUE' }],
  });
});

test('what is left out is now, INFO and unknown_service; severityNumber wins over level', async () => {
  const service = randomUUID();
  await ingest([
    { message: 'plain', service },
    { message: 'both', service, level: 'ERROR', severityNumber: 6 },
  ]);
  expect(await read(service, 'message level severityNumber')).toEqual([
    { message: 'plain', level: 'INFO', severityNumber: 9 },
    { message: 'both', level: 'DEBUG', severityNumber: 6 },
  ]);
});

test('an HTTP exchange is the action of a record that names none, as through POST /ingest', async () => {
  const service = randomUUID();
  const http = { method: 'GET', path: '/jobs?page=2', status: 200 };
  await ingest([
    { message: 'a', service, http },
    { message: 'b', service, http, action: 'list_jobs' },
    { message: 'c', service, http: { status: 200 } },
  ]);
  await weir.ingest(JSON.stringify({ message: 'd', service, http }));
  expect((await read(service, 'action'))?.map(({ action }) => action)).toEqual([
    'GET /jobs',
    'list_jobs',
    null,
    'GET /jobs',
  ]);
});

test('the same uid and time is stored once, also within one call', async () => {
  const service = randomUUID();
  const log = { message: 'once', service, uid: randomUUID(), timestamp: new Date().toISOString() };
  expect(await ingest([log, { ...log, uid: log.uid.toUpperCase() }])).toMatchObject({ accepted: 2, duplicates: 1 });
  expect(await ingest([log])).toMatchObject({ accepted: 1, duplicates: 1 });
  expect(await read(service, 'message')).toHaveLength(1);
});

test('the same key is answered as the first time and stored once; for other records it is refused', async () => {
  const service = randomUUID();
  const key = randomUUID();
  const logs = [{ message: 'keyed', service }];
  const first = await ingest(logs, key);
  expect(await ingest(logs, key)).toEqual(first);
  expect(await ingest([{ message: 'other', service }], key)).toEqual(['IDEMPOTENCY_CONFLICT']);
  expect(await read(service, 'message')).toEqual([{ message: 'keyed' }]);
});

test('10,000 records go in one call, and no more', async () => {
  const service = randomUUID();
  const logs = Array.from({ length: 10_000 }, () => ({ message: 'one of many', service }));
  expect(await ingest([...logs, logs[0]!])).toEqual(['BAD_USER_INPUT']);
  expect(await ingest(logs)).toMatchObject({ accepted: 10_000 });
});

test('a model call whose values cannot be stored rejects its record, by the name of the field', async () => {
  const { data } = await weir.query<{ ingest: { accepted: number; rejected: unknown[] } }>(
    'mutation ($logs: [LogInput!]!) { ingest(logs: $logs) { accepted rejected { index code reason } } }',
    {
      logs: [
        { message: 'a', llm: { requestModel: 'm', inputTokens: 5, parameters: { seed: 1 } } },
        { message: 'b', llm: { inputTokens: -1 } },
      ],
    },
  );
  const reason = 'llm.inputTokens: expected a whole number from 0 to 9007199254740991, got -1';
  expect(data?.ingest).toEqual({ accepted: 1, rejected: [{ index: 1, code: 'INVALID_VALUE', reason }] });
});
