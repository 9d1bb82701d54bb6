import { get, type IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { startTestServer, type TestServer, until } from '../support/server.ts';

interface Line {
  id: string;
  uid: string;
  timestamp: string;
  message: string;
  [name: string]: unknown;
}

const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** What came of an export, and whether it came to its end. */
async function taken(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity', ...headers } });
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body!) text += decoder.decode(chunk, { stream: true });
    return { response, text, isWhole: true };
  } catch {
    return { response, text, isWhole: false };
  }
}

/** A response whose body is read only when the test does. */
const received = (url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => void get(url, { headers, agent: false }, resolve).once('error', reject));

/** The rest of a response, and whether it came to its end. */
async function restOf(response: IncomingMessage) {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), isWhole: response.complete };
  } catch {
    return { bytes: Buffer.concat(chunks), isWhole: false };
  }
}

const exportUrl = (server: { url: string }, parameters: Record<string, string> = {}): string =>
  `${server.url}/export?${new URLSearchParams(parameters)}`;

const START = Date.parse('2026-11-01T00:00:00Z');
const made = (count: number, more: (i: number) => object = () => ({})): string =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      timestamp: new Date(START + i).toISOString(),
      message: `record ${i}`,
      service: 'bulk',
      ...more(i),
    }),
  ).join('\n');

async function store(server: Pick<TestServer, 'ingest'>, body: string): Promise<void> {
  const response = await server.ingest(body);
  expect(response.status, await response.clone().text()).toBe(200);
}

describe('on a server without keys', () => {
  const COUNT = 100_000;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    const [half, all] = [made(COUNT / 2), made(COUNT).split('\n')];
    await store(server, half);
    await store(server, all.slice(COUNT / 2).join('\n'));
  }, 240_000);
  afterAll(() => server[Symbol.asyncDispose]());

  test('100,000 records come exactly once and in order, both ways, while others are stored', {
    timeout: 240_000,
  }, async () => {
    const stop = new AbortController();
    const others = (async () => {
      for (let i = 0; !stop.signal.aborted; i++) await server.ingest(`{"message":"other ${i}","service":"other"}`);
    })();
    try {
      for (const order of ['oldest', 'newest']) {
        const { text, isWhole } = await taken(exportUrl(server, { query: 'service:bulk', order }));
        expect(isWhole).toBe(true);
        const numbers = linesOf(text).map(({ message }) => Number(message.slice('record '.length)));
        const expected = Array.from({ length: COUNT }, (_, i) => (order === 'oldest' ? i : COUNT - 1 - i));
        expect(numbers).toEqual(expected);
      }
      // All that was stored when the export began, and nothing of later: it ends although others never do.
      const { text, isWhole } = await taken(exportUrl(server));
      expect(isWhole).toBe(true);
      const lines = linesOf(text);
      expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
      expect(lines.length).toBeGreaterThan(COUNT);
      expect(lines.map(({ timestamp }) => timestamp)).toEqual(lines.map(({ timestamp }) => timestamp).toSorted());
    } finally {
      stop.abort();
      await others;
    }
  });

  test('an export goes on after the id of the last line, also after a cursor of the API', async () => {
    const first = linesOf((await taken(exportUrl(server, { query: 'service:bulk', limit: '700' }))).text);
    expect(first).toHaveLength(700);
    const next = { query: 'service:bulk', limit: '2' };
    const { text } = await taken(exportUrl(server, { ...next, after: first.at(-1)!.id }));
    expect(linesOf(text).map(({ message }) => message)).toEqual(['record 700', 'record 701']);
    const { data } = await server.query<{ logs: { nodes: { cursor: string }[] } }>(
      '{ logs(filter: { query: "service:bulk" }, order: OLDEST_FIRST, first: 3) { nodes { cursor } } }',
    );
    const after = data!.logs.nodes[2]!.cursor;
    expect(linesOf((await taken(exportUrl(server, { ...next, after }))).text)[0]).toMatchObject({
      message: 'record 3',
    });
  });

  test('a range is read as by the API, and the headers say which one it was', async () => {
    const parameters = { query: 'service:bulk', from: '2026-11-01T00:00:10Z', to: '2026-11-01T00:00:10.003Z' };
    const { text, response } = await taken(exportUrl(server, parameters));
    expect(linesOf(text).map(({ message }) => message)).toEqual(['record 10000', 'record 10001', 'record 10002']);
    expect(response.headers.get('weir-export-from')).toBe('2026-11-01T00:00:10.000000Z');
    expect(response.headers.get('weir-export-to')).toBe('2026-11-01T00:00:10.003000Z');
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="weir-\d{8}-\d{6}\.ndjson"$/);
    const last = await taken(exportUrl(server, { query: 'service:bulk', last: '1ms', to: '2026-11-01T00:00:10.003Z' }));
    expect(linesOf(last.text).map(({ message }) => message)).toEqual(['record 10002']);
  });

  test.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
  ])('a client that accepts %s gets it compressed, and the whole of it', async (encoding, decompress) => {
    const url = exportUrl(server, { query: 'service:bulk', limit: '5000' });
    const plain = await taken(url);
    const response = await received(url, { 'accept-encoding': encoding });
    expect(response.headers['content-encoding']).toBe(encoding);
    expect(response.headers.vary).toContain('accept-encoding');
    const bytes = Buffer.concat(await response.toArray());
    expect(bytes.length).toBeLessThan(plain.text.length / 2);
    expect(decompress(bytes).toString()).toBe(plain.text);
  });

  test('HEAD says what GET would, without a body, and leaves no export open', async () => {
    const response = await fetch(exportUrl(server, { format: 'csv' }), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toMatch(/\.csv"$/);
    expect(await response.text()).toBe('');
    for (let i = 0; i < 10; i++) {
      const again = await fetch(exportUrl(server), { method: 'HEAD' });
      expect(again.status).toBe(200);
    }
  });

  test.each([
    ['query=level:', 'QUERY_SYNTAX', /column 7/],
    ['query=servcie:x', 'QUERY_SYNTAX', /service/],
    ['form=csv', 'BAD_USER_INPUT', /expected the parameters query, .*got form/],
    ['format=xml', 'BAD_USER_INPUT', /format: expected ndjson or csv, got xml/],
    ['format=csv&columns=servcie', 'BAD_USER_INPUT', /columns: .*service/],
    ['limit=0', 'BAD_USER_INPUT', /limit: expected 1 to 10000000 records \(EXPORT_ROWS_MAX\), or max, got 0/],
    ['last=1h&from=2026-01-01', 'BAD_USER_INPUT', /either `from` or `last`/],
    ['from=yesterday', 'BAD_USER_INPUT', /from: expected an RFC 3339 time/],
    ['limit=1&limit=2', 'BAD_USER_INPUT', /limit: expected one value/],
    ['after=abc', 'CURSOR_INVALID', /after: expected a cursor/],
  ])('%s is an error before the first byte', async (parameters, code, message) => {
    const response = await fetch(`${server.url}/export?${parameters}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: { code, message: expect.stringMatching(message) } });
  });

  test('POST is not taken', async () => {
    const response = await fetch(exportUrl(server), { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'HEAD, GET']);
  });

  test('with EXPORT_ROWS_MAX the connection breaks after that many records, and the rest comes after the last one', async () => {
    await using small = await startTestServer({ EXPORT_ROWS_MAX: '30000' }, server.database);
    const url = (after: string): string => exportUrl(small, { query: 'service:bulk', ...(after && { after }) });
    const all: Line[] = [];
    let parts = 0;
    for (let isWhole = false; !isWhole; parts++) {
      const response = await received(url(all.at(-1)?.id ?? ''));
      expect(response.headers['weir-export-rows-max']).toBe('30000');
      const part = await restOf(response);
      isWhole = part.isWhole;
      const lines = linesOf(part.bytes.toString());
      expect(lines).toHaveLength(isWhole ? 10_000 : 30_000);
      all.push(...lines);
    }
    expect(parts).toBe(4);
    expect(all.map(({ message }) => message)).toEqual(Array.from({ length: COUNT }, (_, i) => `record ${i}`));

    // Compressed it is whole in itself, and the connection breaks all the same.
    const cut = await restOf(await received(url(''), { 'accept-encoding': 'gzip' }));
    expect(cut.isWhole).toBe(false);
    expect(linesOf(gunzipSync(cut.bytes).toString())).toHaveLength(30_000);
    // What the client itself limits is no cut.
    expect((await taken(exportUrl(small, { query: 'service:bulk', limit: '30000' }))).isWhole).toBe(true);
    expect(linesOf((await taken(exportUrl(small, { limit: 'max' }))).text)).toHaveLength(30_000);
    expect((await taken(exportUrl(small, { limit: '30001' }))).response.status).toBe(400);
  });

  test('a client that does not read holds up the export, not a connection; it is cut, and the next one gets its place', async () => {
    await using one = await startTestServer(
      { EXPORTS_MAX: '1', STALL_TIMEOUT: '3s', METRICS: 'open' },
      server.database,
    );
    const statements = async (): Promise<number> => {
      const text = await (await fetch(`${one.url}/metrics`)).text();
      return Number(/^weir_statement_duration_seconds_count\{kind="query"\} (\d+)/m.exec(text)?.[1] ?? 0);
    };
    const url = exportUrl(one, { query: 'service:bulk' });
    expect((await taken(url)).isWhole).toBe(true);
    const ofAll = await statements();

    const deaf = await received(url, { 'accept-encoding': 'identity' });
    let before = -1;
    // It stops reading pages while its client reads nothing.
    await until(async () => {
      const now = await statements();
      const isStill = now === before;
      before = now;
      return isStill;
    });
    expect(before - ofAll).toBeLessThan(ofAll * 0.7);
    const [{ busy }] = (await server.database.sql`
      select count(*)::integer as busy from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`) as unknown as [{ busy: number }];
    expect(busy).toBe(0);

    const refused = await fetch(url);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await refused.json()).toMatchObject({ error: { code: 'OVERLOADED', message: /EXPORTS_MAX/ } });
    await until(
      async () => (await fetch(url, { method: 'HEAD' })).status === 200,
      60_000,
      'the place of the deaf client',
    );
    expect((await restOf(deaf)).isWhole).toBe(false);
  });

  test('a client that goes away frees its place and its statement', async () => {
    await using one = await startTestServer({ EXPORTS_MAX: '1' }, server.database);
    const url = exportUrl(one, { query: 'service:bulk' });
    for (let i = 0; i < 3; i++) {
      const response = await until(async () => {
        const next = await received(url);
        return next.statusCode === 200 ? next : void next.resume();
      });
      response.once('error', () => {});
      response.destroy();
    }
    await until(async () => (await fetch(url, { method: 'HEAD' })).status === 200);
  });

  test('EXPORT_TIMEOUT, and a statement that exceeds QUERY_TIMEOUT, break the connection', async () => {
    await using one = await startTestServer({ QUERY_TIMEOUT: '2s' }, server.database);
    const url = exportUrl(one, { query: 'service:bulk' });
    const stopped = await received(url, { 'accept-encoding': 'identity' });
    await server.database.sql.begin(async (tx) => {
      await tx`lock table system_logs in access exclusive mode`;
      const { bytes, isWhole } = await restOf(stopped);
      expect(isWhole).toBe(false);
      // Whole lines, which the client goes on after.
      expect(bytes.toString()).toMatch(/^(?:\{.*\}\n)+$/);
    });
    await using quick = await startTestServer({ EXPORT_TIMEOUT: '1s' }, server.database);
    const late = await received(exportUrl(quick, { query: 'service:bulk' }), { 'accept-encoding': 'identity' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await restOf(late)).isWhole).toBe(false);
  });

  test('a server that closes ends its exports', async () => {
    const one = await startTestServer({}, server.database);
    const response = await received(exportUrl(one, { query: 'service:bulk' }));
    await one[Symbol.asyncDispose]();
    expect((await restOf(response)).isWhole).toBe(false);
  });
});

describe('on a server with keys', () => {
  let server: KeyServer;
  beforeAll(async () => {
    server = await startKeyServer({ LLM_CONTENT: 'full' });
    const teams = made(3000, (i) => ({ team: i % 3 === 0 ? 'payments' : 'search' }));
    await store(server.as(server.admin.key), teams);
    const call = { operation: 'chat', requestModel: 'gpt-4o', inputTokens: 5, input: 'a question', output: '=answer' };
    await store(server.as(server.admin.key), JSON.stringify({ message: 'a call', service: 'llm', llm: call }));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const keyWith = async (...rights: ('READ' | 'INGEST' | 'CONTENT')[]) =>
    bearer((await makeKeyIn(server.database, rights)).key);

  test('an export needs the right READ', async () => {
    expect((await fetch(exportUrl(server))).status).toBe(401);
    const response = await fetch(exportUrl(server), { headers: await keyWith('INGEST') });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });

  test('a key with a scope exports what is in its scope, whatever it asks for', async () => {
    const { key } = await makeKeyIn(server.database, ['READ'], { scope: 'attributes.team:payments' });
    for (const query of ['', 'attributes.team:search OR attributes.team:payments', 'NOT attributes.team:x']) {
      const { text, isWhole } = await taken(exportUrl(server, { query }), bearer(key));
      expect(isWhole).toBe(true);
      expect(linesOf(text)).toHaveLength(1000);
      expect(new Set(linesOf(text).map(({ attributes }) => (attributes as { team: string }).team))).toEqual(
        new Set(['payments']),
      );
    }
    const outside = linesOf((await taken(exportUrl(server, { query: 'service:llm' }), await keyWith('READ'))).text);
    // The id of a record that the key may not see is a place, and no more.
    const { text } = await taken(exportUrl(server, { after: outside[0]!.id, order: 'newest' }), bearer(key));
    expect(linesOf(text)).toHaveLength(1000);
  });

  test('what models were asked and answered comes on request, with the right CONTENT', async () => {
    const [plain, content] = [await keyWith('READ'), await keyWith('READ', 'CONTENT')];
    const query = 'service:llm';
    const [line] = linesOf((await taken(exportUrl(server, { query }), content)).text);
    expect(line!.llm).toMatchObject({ operation: 'chat', requestModel: 'gpt-4o', costSource: 'PRICE_LIST' });
    expect(line!.llm).not.toHaveProperty('input');
    const [asked] = linesOf((await taken(exportUrl(server, { query, content: 'on' }), content)).text);
    expect(asked!.llm).toMatchObject({ input: 'a question', output: '=answer' });
    for (const more of [{ content: 'on' }, { format: 'csv', columns: 'llm.output' }] as Record<string, string>[]) {
      const { response } = await taken(exportUrl(server, { query, ...more }), plain);
      expect(response.status).toBe(403);
    }
    const csv = { query, format: 'csv', columns: 'message,llm.model,llm.output' };
    expect((await taken(exportUrl(server, csv), content)).text).toBe(
      "message,llm.model,llm.output\r\na call,gpt-4o,'=answer\r\n",
    );
    expect((await taken(exportUrl(server, { ...csv, formulas: 'keep', header: 'off' }), content)).text).toBe(
      'a call,gpt-4o,=answer\r\n',
    );
  });

  test('an export imported into another server gives equal records, once', async () => {
    await using other = await startTestServer({ LLM_CONTENT: 'full', DEPLOYMENT_ENV: 'elsewhere' });
    const { text } = await taken(exportUrl(server, { content: 'on' }), bearer(server.admin.key));
    const importing = async () =>
      (
        await fetch(`${other.url}/ingest?stamp=off`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-ndjson' },
          body: text,
        })
      ).json();
    expect(await importing()).toMatchObject({ accepted: 3001, duplicates: 0, rejected: [] });
    expect(await importing()).toMatchObject({ accepted: 3001, duplicates: 3001 });
    const again = (await taken(exportUrl(other, { content: 'on' }))).text;
    const withoutArrival = (lines: string) => linesOf(lines).map(({ receivedAt: _, ...line }) => line);
    expect(withoutArrival(again)).toEqual(withoutArrival(text));
  });

  test('an export ends when its key is revoked', async () => {
    const long = made(60_000, () => ({ service: 'long', filler: 'x'.repeat(500) }));
    for (let at = 0; at < long.length; ) {
      const end = long.indexOf('\n', at + 8_000_000);
      await store(server.as(server.admin.key), long.slice(at, end === -1 ? undefined : end));
      at = end === -1 ? long.length : end + 1;
    }
    const { key, apiKey } = await makeKeyIn(server.database, ['READ']);
    const url = exportUrl(server, { query: 'service:long' });
    const response = await received(url, { 'accept-encoding': 'identity', ...bearer(key) });
    expect(response.statusCode).toBe(200);
    await server.database.sql`update api_keys set revoked_at = now() where id = ${apiKey.id}`;
    await until(async () => (await fetch(exportUrl(server), { headers: bearer(key) })).status === 401);
    expect((await restOf(response)).isWhole).toBe(false);
  });
});
