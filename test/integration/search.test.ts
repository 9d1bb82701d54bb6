import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawnWeir, startTestServer, type TestServer } from '../support/server.ts';

const RECORDS = [
  { id: 'stack', message: 'failed', stack_trace: 'Error: x\n  at InvoiceService.pay (invoice.ts:3)' },
  { id: 'path', message: 'request', http: { path: '/v1/invoices/7', method: 'GET' } },
  { id: 'tags', message: 'deployed', tags: ['canary', 'eu', 5], latencies: [1, 900] },
  { id: 'deep', message: 'nested', a: { b: [{ c: 'the invoiceSERVICE "said"' }] }, invoiceservice: 1 },
  { id: 'pasted', message: 'cannot reach localhost:5432, see main.go:42', request_id: 'req-9', logger: 'db.pool' },
  { id: 'accent', message: 'caf\u00e9 is open', level: 'warn' },
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.ingest(RECORDS.map((record) => JSON.stringify(record)).join('\n'));
});
afterAll(() => server[Symbol.asyncDispose]());

interface Found {
  data: { logs: { nodes: { attributes: { id: string } }[] } };
  errors?: { message: string; extensions: { code: string } }[];
  extensions?: { hints?: string[] };
}

const find = (filter: object): Promise<Found> =>
  server.query('query ($filter: LogFilter) { logs(filter: $filter) { nodes { attributes } } }', {
    filter,
  }) as unknown as Promise<Found>;

async function found(query: string): Promise<string[]> {
  const { data } = await find({ query });
  return data.logs.nodes.map(({ attributes }) => attributes.id).sort();
}

test('a text is found anywhere: in every text field, and in the values of the attributes, not in their keys', async () => {
  expect(await found('text:InvoiceService')).toEqual(['deep', 'stack']);
  expect(await found('text:invoice')).toEqual(['deep', 'path', 'stack']);
  expect(await found(String.raw`text:"\"said\""`)).toEqual(['deep']);
  expect(await found('-text:invoice')).toEqual(['accent', 'pasted', 'tags']);
  const { data } = await find({ textContains: 'REQ-9' });
  expect(data.logs.nodes.map(({ attributes }) => attributes.id)).toEqual(['pasted']);
});

test('stars at both ends find a text within a field or an attribute', async () => {
  expect(await found('stackTrace:*InvoiceService*')).toEqual(['stack']);
  expect(await found('stack:*"pay (invoice"*')).toEqual(['stack']);
  expect(await found('http.path:*invoices*')).toEqual(['path']);
  expect(await found('attributes.tags:*can*')).toEqual(['tags']);
});

test('an attribute finds the elements of a list, and a range holds for one element', async () => {
  expect(await found('attributes.tags:canary')).toEqual(['tags']);
  expect(await found('attributes.tags:5')).toEqual(['tags']);
  expect(await found('attributes.tags:can*')).toEqual(['tags']);
  expect(await found('attributes.latencies:>500')).toEqual(['tags']);
  expect(await found('attributes.latencies:[100 TO 500]')).toEqual([]);
  expect(await found('attributes.tags:other')).toEqual([]);
});

test('pasted text with a colon is text, and names of loggers are fields', async () => {
  for (const query of [
    'localhost:5432',
    'main.go:42',
    'request_id:req-9',
    'logger:db.pool',
    'localhost:5432 && !canary',
  ]) {
    expect(await found(query), query).toEqual(['pasted']);
  }
  expect(await found('severity:>=warn || stack:*')).toEqual(['accent', 'stack']);
});

test('a near miss is an error that names the field, and that repeats the hints', async () => {
  const { errors } = await find({ query: 'a or servce:x' });
  expect(errors![0]!.extensions.code).toBe('QUERY_SYNTAX');
  expect(errors![0]!.message).toContain('the most similar field is service');
  expect(errors![0]!.message).toContain('or is searched as text');
});

test.each([
  ['failed or request', 'or is searched as text; to join terms, write OR'],
  ['CAF\u00c9', 'only A-Z are found in both cases; \u00c9 is found only as it is written'],
  ['text:CAF\u00c9', 'only A-Z are found in both cases'],
  ['retries:3', 'for an attribute, write attributes.retries:3'],
  ['level=error', 'for the field, write level:error'],
])('%s gets a hint', async (query, hint) => {
  expect((await find({ query })).extensions?.hints).toEqual([expect.stringContaining(hint)]);
});

test('a search that needs no hint gets none', async () => {
  for (const query of ['caf\u00e9', 'nothing', '-CAF\u00c9', 'localhost:5432']) {
    expect((await find({ query })).extensions, query).toBeUndefined();
  }
});

test('the command line says a hint once, on stderr, in a query and in a tail', async () => {
  await using query = spawnWeir(['query', '--url', server.url, 'failed', 'or', 'request']);
  expect((await query.exited).code).toBe(0);
  expect(query.stderr()).toMatch(
    /^hint: filter\.query, column 8: or is searched as text; .*\n(-- no record matches --\n)?$/,
  );
  expect(query.stdout()).toBe('');
  await using tail = spawnWeir(['tail', '--url', server.url, 'failed', 'or', 'request']);
  await tail.says(/hint: filter\.query, column 8: or is searched as text/);
});

test('the longest paths and ranges of the search language fit into one statement', async () => {
  const keys = Array.from({ length: 32 }, () => 'k').join('.');
  const ranges = Array.from({ length: 65 }, () => `attributes.${keys}:[-1763556497161513791 TO 1763556497161513791]`);
  const query = ranges.join(' ');
  expect(query.length).toBeLessThan(8192);
  const { data, errors } = await find({ and: [{ query }, { query }, { query }] });
  expect(errors).toBeUndefined();
  expect(data.logs.nodes).toEqual([]);
});
