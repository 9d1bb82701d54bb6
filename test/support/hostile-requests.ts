import { gzipSync } from 'node:zlib';
import { message } from './otlp-bytes.ts';
import { openAcknowledged } from './socket.ts';

/** One request that is small for its sender, or within all limits, and makes much work. `send` resolves to what came back. */
export interface HostileCase {
  name: string;
  send(url: string): Promise<string>;
}

const MIB = 1024 * 1024;
const times = (count: number, text: string): string => Array.from({ length: count }, () => text).join(',');
/** The unit again and again, as gzip. */
const bomb = (unit: string, bytes: number, before = '', after = ''): Buffer<ArrayBuffer> =>
  gzipSync(
    Buffer.concat([Buffer.from(before), Buffer.alloc(bytes - (bytes % unit.length), unit), Buffer.from(after)]),
  ) as Buffer<ArrayBuffer>;

async function post(url: string, path: string, body: Buffer<ArrayBuffer> | string, headers: object): Promise<string> {
  const response = await fetch(`${url}${path}`, { method: 'POST', body, headers: { ...headers } });
  return `${response.status} ${await response.text()}`;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const ingest =
  (body: Buffer<ArrayBuffer>, type = 'application/json', more = {}) =>
  (url: string) =>
    post(url, '/ingest', body, { 'content-type': type, 'content-encoding': 'gzip', ...more });
const traces = (body: Buffer<ArrayBuffer>, type: string) => (url: string) =>
  post(url, '/v1/traces', body, { 'content-type': type, 'content-encoding': 'gzip' });
/** A span of a model call with as many values as fit, and 30 MiB of them. */
const LARGE_SPAN = `{"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"a","value":{"arrayValue":{"values":[${times(90_000, '{"intValue":1}')}]}}}]},`;
const SPANS = ['{"resourceSpans":[{"scopeSpans":[{"spans":[', '{}]}]}]}'] as const;
const graphql = (query: string, variables: string) => (url: string) =>
  post(url, '/graphql', `{"query":${JSON.stringify(query)},"variables":${variables}}`, JSON_TYPE);
const filtered = (filter: string) =>
  graphql('query ($f: LogFilter) { logs(filter: $f) { totalCount } }', `{"f":${filter}}`);

/** `[{},{},...]`, which parses to some 20 times its length. */
export const emptyObjects = (bytes: number): Buffer<ArrayBuffer> => bomb('{},', bytes, '[', '{}]');

async function flood(url: string): Promise<string> {
  await using socket = await openAcknowledged(url);
  for (let id = 0; id < 20_000; id++) socket.subscribe(String(id), `subscription S${id % 300} { tail { skipped } }`);
  const { code, reason } = await socket.closed;
  return `${code} ${reason}`;
}

/** A request of several spans, each with these bytes. */
const spansOf = (span: Buffer): Buffer<ArrayBuffer> => {
  const spans = Buffer.concat(Array.from({ length: 7 }, () => message([2, span])));
  return gzipSync(message([1, message([2, spans])])) as Buffer<ArrayBuffer>;
};

/** Each with the beginning of the expected response. */
export const HOSTILE_CASES: (HostileCase & { expected: RegExp })[] = [
  { name: 'empty objects', send: ingest(emptyObjects(30 * MIB)), expected: /^400 .*EMPTY_RECORD/ },
  {
    name: 'empty objects with an idempotency key',
    send: ingest(emptyObjects(30 * MIB), 'application/json', { 'idempotency-key': 'empty' }),
    expected: /^400 .*EMPTY_RECORD/,
  },
  { name: 'nested lists', send: ingest(bomb('[', 30 * MIB)), expected: /^400 .*(TOO_LARGE|JSON_TOO_DEEP)/ },
  {
    name: 'nested lists in one line',
    send: ingest(bomb('[', 3 * MIB), 'application/x-ndjson'),
    expected: /^400 .*JSON_TOO_DEEP/,
  },
  {
    name: 'records of empty objects',
    send: ingest(bomb(`{"message":"x","a":[${times(20_000, '{}')}]}\n`, MIB), 'application/x-ndjson'),
    expected: /^200 /,
  },
  {
    name: 'long numbers',
    send: ingest(
      bomb(`{"message":"x","a":[${times(20_000, '12345678901234567890')}]}\n`, 2 * MIB),
      'application/x-ndjson',
    ),
    expected: /^200 /,
  },
  { name: 'blank lines', send: ingest(bomb('\n', 30 * MIB), 'application/x-ndjson'), expected: /^400 .*EMPTY_BODY/ },
  {
    name: 'a list of 24 MiB',
    send: ingest(bomb(`{"message":"${'hello'.repeat(1000)}"},`, 24 * MIB, '[', '{"message":"last"}]')),
    expected: /^200 /,
  },
  {
    name: 'empty spans in JSON',
    send: traces(bomb('{},', 30 * MIB, ...SPANS), 'application/json'),
    expected: /^413 .*TOO_MANY_ITEMS/,
  },
  {
    name: 'large spans in JSON',
    send: traces(bomb(LARGE_SPAN, 30 * MIB, ...SPANS), 'application/json'),
    expected: /^200 .*TRACE_ID/,
  },
  {
    name: 'protobuf fields that are unknown',
    send: traces(bomb('\x78\x01', 30 * MIB), 'application/x-protobuf'),
    expected: /^413 .*TOO_MANY_ITEMS/,
  },
  {
    name: 'large spans of unknown protobuf fields',
    send: traces(spansOf(Buffer.alloc(4_000_000, '\x70\x01')), 'application/x-protobuf'),
    expected: /^200 /,
  },
  {
    name: 'a thousand times a thousand empty conditions',
    send: filtered(`{"or":[${times(1000, `{"and":[${times(1000, '{}')}]}`)}]}`),
    expected: /QUERY_TOO_COMPLEX/,
  },
  {
    name: 'empty conditions within the values of a request',
    send: filtered(`{"or":[${times(90, `{"and":[${times(90, '{}')}]}`)}]}`),
    expected: /BAD_USER_INPUT/,
  },
  {
    name: 'variables that nobody declares',
    send: graphql('{ __typename }', `{${Array.from({ length: 300_000 }, (_, i) => `"v${i}":${i}`).join(',')}}`),
    expected: /QUERY_TOO_COMPLEX/,
  },
  {
    name: 'two hundred texts to search for',
    send: filtered(`{"or":[${times(200, `{"messageContains":"${'x'.repeat(8000)}"}`)}]}`),
    expected: /QUERY_TOO_COMPLEX/,
  },
  {
    name: 'three million numbers to compare with',
    send: filtered(`{"attributes":[{"path":["a"],"value":[${times(3_000_000, '1')}]}]}`),
    expected: /QUERY_TOO_COMPLEX/,
  },
  {
    name: 'a filter at its limits, in two hundred fields',
    send: graphql(
      `query ($f: LogFilter) { ${Array.from({ length: 200 }, (_, i) => `a${i}: logs(filter: $f, first: 1) { totalCount }`).join(' ')} }`,
      `{"f":{${['services', 'hosts', 'components', 'userIds'].map((name) => `"${name}":[${times(1000, '"value"')}]`).join(',')}}}`,
    ),
    expected: /^200 /,
  },
  {
    name: 'a nested filter',
    send: filtered(`${'{"not":'.repeat(100_000)}{}${'}'.repeat(100_000)}`),
    expected: /QUERY_TOO_COMPLEX/,
  },
  {
    name: 'a GraphQL body of 24 MiB',
    send: (url) => post(url, '/graphql', `{"query":"{ __typename }","x":"${'x'.repeat(24 * MIB)}"}`, JSON_TYPE),
    expected: /^413 /,
  },
  {
    name: 'the most records of a mutation',
    send: graphql(
      'mutation ($logs: [LogInput!]!) { ingest(logs: $logs, idempotencyKey: "most") { accepted } }',
      `{"logs":[${times(9_000, '{"message":"hello","service":"s","level":"INFO","attributes":{"a":1,"b":2,"c":3,"d":4}}')}]}`,
    ),
    expected: /"accepted":9000/,
  },
  { name: 'a flood of subscriptions', send: flood, expected: /^(4429|1006) / },
];
