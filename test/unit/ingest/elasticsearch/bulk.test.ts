import { expect, test } from 'vitest';
import { ANYONE } from '../../../../src/access/caller.ts';
import { DatabaseUnavailable, Overloaded, WeirError } from '../../../../src/errors.ts';
import { createStoreBody } from '../../../../src/ingest/http/store-body.ts';
import { nothingAccepted } from '../../../../src/ingest/ingest-result.ts';
import { elasticErrorResponse } from '../../../../src/ingest/receivers/elasticsearch/answer.ts';
import { ITEMS_MAX } from '../../../../src/ingest/receivers/elasticsearch/bulk-body.ts';
import { createElasticsearchRoute } from '../../../../src/ingest/receivers/elasticsearch/elasticsearch-route.ts';
import type { Submission } from '../../../../src/ingest/submission.ts';
import type { Ingest } from '../../../../src/ingest/write/ingest.ts';
import { arrivalAt, type NewRecord } from '../../../../src/log/record.ts';
import { now } from '../../../../src/log/time.ts';
import { uidOfDocument } from '../../../../src/log/uid.ts';

const ARRIVAL = { maxAgeMs: 40 * 365 * 86_400_000, environment: null, deploymentVersion: null, redactor: null };

interface Item {
  _index: string;
  _id: string | null;
  status: number;
  error?: { type: string; reason: string };
}

interface Bulk {
  errors: boolean;
  took: number;
  items: Record<string, Item>[];
}

/** The route without a database. `failure`: what happens to the n-th part, from 1. */
function collect(failure: (part: number) => Error | undefined = () => undefined) {
  const records: NewRecord[] = [];
  let part = 0;
  const store = async (submission: Submission) => {
    const error = failure(++part);
    if (error) throw error;
    records.push(...submission.records);
    return { ...nothingAccepted(submission.rejected), accepted: submission.records.length };
  };
  const ingest: Ingest = { arrival: () => arrivalAt(now(), ARRIVAL), store, storeNext: store, as: () => ingest };
  const route = createElasticsearchRoute(createStoreBody({ ingest, bodyBytesMax: 64 * 1024 * 1024 }));
  const post = async (body: string | Buffer, path = '/_bulk', headers: Record<string, string> = {}) => {
    const request = new Request(`http://weir${path}`, { method: 'POST', body: Buffer.from(body as string), headers });
    const response = await route(request, ANYONE).catch((error) => {
      if (error instanceof WeirError) return elasticErrorResponse(error, request);
      throw error;
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Bulk };
  };
  return { records, post };
}

const index = (name: string, more = {}) => JSON.stringify({ index: { _index: name, ...more } });
const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');

test('the response has the items in their order: stored ones, and why others are not', async () => {
  const { post, records } = collect();
  const { status, body } = await post(
    lines(
      index('logs'),
      '{"message":"first"}',
      '{"delete":{"_index":"logs","_id":"7"}}',
      '{"update":{"_index":"logs","_id":"8"}}',
      '{"doc":{"message":"changed"}}',
      '{"create":{"_index":"logs","_id":"9"},"attempts":0}',
      '{"message":',
      index('logs'),
      '',
      index('logs', { _id: 10 }),
      '{"message":"last","uid":"no uid","@timestamp":"1885-01-01T00:00:00Z"}',
      '{"create":{"_index":"other"}}',
      '{"message":"other"}',
    ),
  );
  expect(status).toBe(200);
  expect(body.errors).toBe(true);
  expect(body.items).toEqual([
    { index: { _index: 'logs', _id: records[0]!.uid, result: 'created', status: 201 } },
    {
      delete: {
        _index: 'logs',
        _id: '7',
        status: 400,
        error: expect.objectContaining({ type: 'illegal_argument_exception' }),
      },
    },
    {
      update: {
        _index: 'logs',
        _id: '8',
        status: 400,
        error: expect.objectContaining({ type: 'illegal_argument_exception' }),
      },
    },
    {
      create: {
        _index: 'logs',
        _id: '9',
        status: 400,
        error: { type: 'document_parsing_exception', reason: expect.stringContaining('INVALID_JSON') },
      },
    },
    {
      index: {
        _index: 'logs',
        _id: null,
        status: 400,
        error: expect.objectContaining({ reason: expect.stringContaining('INVALID_JSON') }),
      },
    },
    {
      index: {
        _index: 'logs',
        _id: '10',
        status: 400,
        error: expect.objectContaining({ reason: expect.stringContaining('TOO_OLD') }),
      },
    },
    { create: { _index: 'other', _id: records[1]!.uid, result: 'created', status: 201 } },
  ]);
  expect(records.map(({ message, attributes }) => [message, attributes._index])).toEqual([
    ['first', 'logs'],
    ['other', 'other'],
  ]);
});

test('blank lines between items, Windows line ends, a byte order mark and a missing last newline are tolerated', async () => {
  const { post, records } = collect();
  const body = `\ufeff\r\n${index('a')}\r\n{"message":"1"}\r\n\n\n${index('b')}\n{"message":"2"}`;
  expect((await post(body)).body.errors).toBe(false);
  expect(records.map(({ message }) => message)).toEqual(['1', '2']);
});

test('the index of the path is that of items without one', async () => {
  const { post, records } = collect();
  const body = lines('{"create":{}}', '{"message":"1"}', index('own'), '{"message":"2"}');
  for (const path of ['/%6cogs-app/_bulk', '/elastic/logs-app/_bulk', '/logs-app/_bulk/?pipeline=x'])
    await post(body, path);
  expect(records.map(({ attributes }) => attributes._index)).toEqual(
    Array.from({ length: 3 }, () => ['logs-app', 'own']).flat(),
  );
});

test.each([
  ['no action', lines('{"message":"1"}', '{"message":"2"}')],
  ['an unknown operation', lines('{"upsert":{"_index":"a"}}', '{}')],
  ['an action that is no object', lines('{"index":"a"}', '{}')],
  ['an action that is not JSON', lines('{"index":', '{}')],
  ['a list', lines('[]', '{}')],
  ['an action without an index', lines('{"index":{}}', '{"message":"1"}')],
  ['an index that is no text', lines('{"index":{"_index":{}}}', '{"message":"1"}')],
  ['a long id', lines(index('a', { _id: 'x'.repeat(513) }), '{"message":"1"}')],
  ['a long action', lines(index('a', { routing: 'x'.repeat(10_000) }), '{"message":"1"}')],
  ['no document', lines(index('a'))],
])('a request with %s is rejected whole, with the items before it', async (_, wrong) => {
  const { post, records } = collect();
  const { status, body } = await post(lines(index('a'), '{"message":"before"}') + wrong);
  expect([status, body]).toEqual([
    400,
    {
      error: {
        root_cause: [
          { type: 'illegal_argument_exception', reason: expect.stringMatching(/INVALID_BULK: .*line \[3\]/) },
        ],
        type: 'illegal_argument_exception',
        reason: expect.any(String),
      },
      status: 400,
    },
  ]);
  expect(records).toEqual([]);
});

test('a request without items, or with too many, is rejected', async () => {
  const { post, records } = collect();
  expect((await post('\n')).status).toBe(400);
  const many = await post(lines('{"create":{"_index":"a"}}', '{}').repeat(ITEMS_MAX + 1));
  expect([many.status, JSON.stringify(many.body)]).toEqual([413, expect.stringContaining('TOO_MANY_ITEMS')]);
  expect(records).toEqual([]);
});

test('every rejection is told, however many there are', async () => {
  const { post } = collect();
  const { body } = await post(lines(index('a'), '{}', index('a'), '{"message":"x"}').repeat(11_000));
  const statuses = body.items.map(({ index }) => index!.status);
  expect(statuses).toEqual(Array.from({ length: 11_000 }, () => [400, 201]).flat());
});

test('where one part is stored and the next is not, the items of the next have status 429', async () => {
  const { post, records } = collect((part) => (part === 2 ? new DatabaseUnavailable('away') : undefined));
  const { status, body } = await post(lines(index('a'), '{"message":"x"}').repeat(7000));
  const statuses = body.items.map(({ index }) => index!.status);
  expect([status, body.errors]).toEqual([200, true]);
  expect(statuses.filter((it) => it === 201)).toHaveLength(records.length);
  expect(statuses.slice(0, records.length).every((it) => it === 201)).toBe(true);
  expect(statuses.slice(records.length).every((it) => it === 429)).toBe(true);
  expect(body.items.at(-1)!.index!.error).toMatchObject({ type: 'es_rejected_execution_exception' });
});

test('where nothing is stored for now, the request is 503 with Retry-After, and items are 429 for a bulk helper', async () => {
  const busy = () => new Overloaded('busy', 3);
  const body = lines(index('a'), '{"message":"x"}');
  const whole = await collect(busy).post(body);
  expect([whole.status, whole.headers.get('retry-after')]).toEqual([503, '3']);
  expect(whole.body).toMatchObject({ status: 503, error: { type: 'es_rejected_execution_exception' } });
  const helper = await collect(busy).post(body, '/_bulk', {
    'x-elastic-client-meta': 'es=9.4.3,js=24.0.0,t=9.4.0,hc=24.0.0,h=bp',
  });
  expect([helper.status, helper.body.items[0]!.index!.status]).toEqual([200, 429]);
});

test('filter_path leaves only what the client asks for', async () => {
  const { post } = collect();
  const body = lines(index('a'), '{"message":"x"}', index('a'), '{}');
  const reason = expect.stringContaining('EMPTY_RECORD');
  const beats = 'errors,items.index.status,items.index.error,items.create.status,items.create.error';
  expect((await post(body, `/_bulk?filter_path=${beats}`)).body).toEqual({
    errors: true,
    items: [
      { index: { status: 201 } },
      { index: { status: 400, error: { type: 'document_parsing_exception', reason } } },
    ],
  });
  expect((await post(body, '/_bulk?filter_path=items.*.error.reason')).body).toEqual({
    items: [{ index: { error: { reason } } }],
  });
  expect((await post(body, '/_bulk?filter_path=nothing')).body).toEqual({});
  expect((await post(body, '/_bulk?filter_path=-took')).body).toHaveProperty('took');
  expect((await post(body, '/_bulk?filter_path=**.error')).body).toHaveProperty('took');
});

test('the media type of the request is that of the response', async () => {
  const { post } = collect();
  const body = lines(index('a'), '{"message":"x"}');
  const type = 'application/vnd.elasticsearch+json; compatible-with=8';
  const { headers } = await post(body, '/_bulk', { accept: type, 'content-type': type.replace('json', 'x-ndjson') });
  expect(headers.get('content-type')).toBe('application/vnd.elasticsearch+json;compatible-with=8');
  expect(headers.get('x-elastic-product')).toBe('Elasticsearch');
  expect((await post(body)).headers.get('content-type')).toBe('application/json');
});

test('a document with an id and a time has a uid of index and id; without a time, its id is only an attribute', async () => {
  const { post, records } = collect();
  const time = '2026-01-02T03:04:05.678Z';
  await post(
    lines(
      index('a', { _id: '1' }),
      `{"message":"with a time","@timestamp":"${time}"}`,
      index('a', { _id: '2' }),
      '{"message":"without one"}',
    ),
  );
  const [timed, untimed] = records;
  expect(timed).toMatchObject({ uid: uidOfDocument('a', '1'), uidGiven: true, attributes: { _index: 'a', _id: '1' } });
  expect(untimed).toMatchObject({ uidGiven: false, attributes: { _index: 'a', _id: '2' } });
});

test('a message without a level is read as a line of a log, and one with a level is not', async () => {
  const { post, records } = collect();
  const line = '{"level":"error","msg":"inner","time":"2026-01-02T03:04:05.678Z"}';
  const documents = [
    { '@timestamp': '2026-01-03T00:00:00.000Z', message: line, host: { name: 'web-1' } },
    { '@timestamp': '2026-01-03T00:00:00.000Z', log: line },
    { message: line, log: { level: 'info' } },
    { message: 'plain', fields: { service: 'shop', team: 'a', message: 'another' } },
  ];
  await post(documents.map((document) => lines(index('a'), JSON.stringify(document))).join(''));
  expect(records).toMatchObject([
    { message: 'inner', severityNumber: 17, host: 'web-1', timestamp: '2026-01-02T03:04:05.678000Z' },
    { message: 'inner', severityNumber: 17 },
    { message: line, severityNumber: 9 },
    { message: 'plain', service: 'shop', attributes: { fields: { team: 'a', message: 'another' } } },
  ]);
});
