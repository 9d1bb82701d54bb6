import type { GraphQLObjectType } from 'graphql';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { ANYONE } from '../../src/access/caller.ts';
import { loadConfig } from '../../src/config.ts';
import { connect } from '../../src/db/connection/client.ts';
import { createGraphql } from '../../src/http/graphql/graphql.ts';
import type { Services } from '../../src/resolvers/context.ts';
import { schema } from '../../src/schema/index.ts';
import { createTestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

/** Whether a statement belongs to a query: the server also reads its partitions once a second. */
const isOfQuery = (text: string): boolean =>
  /system_logs|log_partitions|ingest_batches/.test(text) && !text.includes('as start from log_partitions');

const database = await createTestDatabase();
let statements: string[] = [];
const sql = connect(database.url, {
  max: 4,
  statementTimeoutMs: 30_000,
  onStatement: (text) => void (isOfQuery(text) && statements.push(text)),
});
afterAll(async () => {
  await sql.end();
  await database[Symbol.asyncDispose]();
});

// Fifty chains of three records in two partitions, the last of each in the second; an error in every other.
await insert(
  database.sql,
  Array.from({ length: 150 }, (_, i) =>
    record({
      timestamp: `2002-03-0${i < 100 ? 1 : 2}T10:00:${String(i % 60).padStart(2, '0')}.000000Z`,
      correlationId: `chain ${i % 50}`,
      pipelineId: `run ${i % 50}`,
      message: `record ${i}`,
      userId: `user ${i % 7}`,
      severityNumber: i % 2 === 0 && i >= 100 ? 17 : 9,
    }),
  ),
);

const graphql = createGraphql({
  config: loadConfig({}),
  sql,
  log: pino({ level: 'silent' }),
} as unknown as Services);

interface GraphqlResponse {
  data: Record<string, unknown>;
  errors?: unknown;
}

async function ask(query: string): Promise<{ answer: GraphqlResponse; count: number }> {
  statements = [];
  const response = await graphql.handle(
    new Request('http://weir.example/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    }),
    ANYONE,
  );
  const answer = (await response.json()) as GraphqlResponse;
  expect(answer.errors).toBeUndefined();
  return { answer, count: statements.length };
}

const CHAIN = `correlationId logCount services userIds steps { service } firstError { message }
  logs(first: 2, filter: { minLevel: INFO }) { totalCount tailCursor nodes { message } pageInfo { hasNextPage } }`;

test.each([
  [
    'logs',
    (n: number) =>
      `{ logs(first: ${n}) { nodes { message surrounding(before: 2, after: 2) { message } correlation { ${CHAIN} } } } }`,
  ],
  [
    'correlations',
    (n: number) => `{ correlations(first: ${n}, time: { from: "2002-01-01T00:00:00Z" }) { nodes { ${CHAIN} } } }`,
  ],
])('a page of %s takes the same number of statements for two items and for forty', async (_, query) => {
  const two = await ask(query(2));
  const forty = await ask(query(40));
  expect(forty.count).toBe(two.count);
  expect(forty.count).toBeLessThan(30);
});

test('the records of many chains read together are the same as those of each chain read alone', async () => {
  const page = 'pageInfo { hasNextPage hasPreviousPage endCursor } nodes { message } totalCount';
  const parts = `
    a: logs(first: 2) { ${page} }  b: logs(last: 2) { ${page} }  c: logs(first: 3) { ${page} }
    d: logs(filter: { minLevel: ERROR }) { ${page} }`;
  const { answer } = await ask(
    `{ correlations(first: 50, time: { from: "2002-01-01T00:00:00Z" }) { nodes { correlationId ${parts} } } }`,
  );
  const { nodes } = answer.data.correlations as { nodes: { correlationId: string }[] };
  expect(nodes).toHaveLength(50);
  for (const together of nodes.slice(0, 10)) {
    const alone = await ask(`{ correlation(correlationId: "${together.correlationId}") { correlationId ${parts} } }`);
    expect(together).toEqual(alone.answer.data.correlation);
  }
});

test('a field that is not selected takes no statement', async () => {
  const page = await ask('{ logs(first: 5) { nodes { message } } }');
  const counted = await ask('{ logs(first: 5) { totalCount } }');
  expect(counted.count).toBeLessThanOrEqual(2);
  expect((await ask('{ logs(first: 5) { __typename } }')).count).toBe(0);
  expect(page.count).toBeGreaterThan(0);
});

/** How to select the fields that have arguments or fields of their own. */
const FIELDS: Record<string, string> = {
  llm: 'llm { operation provider requestModel inputTokens }',
  http: 'http { method path status userAgent clientIp }',
  correlation: 'correlation { correlationId logCount }',
  surrounding: 'surrounding(by: [SERVICE, COMPONENT, HOST, USER_ID, PIPELINE_ID, CORRELATION_ID, TRACE_ID]) { uid }',
};

test('each field of a record is the same selected alone and with all others', async () => {
  const full = record({
    ...{ timestamp: '2002-03-05T10:00:00.123456Z', severityNumber: 18, message: 'all there is', service: 'web' },
    ...{ component: 'c', action: 'a', host: 'h', environment: 'e', deploymentVersion: 'd', correlationId: 'full' },
    ...{ traceId: 't', spanId: 's', pipelineId: 'p', userId: 'u', durationMs: 1.5, errorType: 'E', stackTrace: 'at' },
    ...{ httpMethod: 'GET', httpPath: '/', httpStatus: 200, httpUserAgent: 'curl', httpClientIp: '::1' },
    attributes: { n: 1 },
    llm: { operation: 'chat', provider: 'openai', requestModel: 'm', inputTokens: 7 },
  });
  await insert(database.sql, [full]);
  const names = Object.keys((schema.getType('Log') as GraphQLObjectType).getFields());
  const read = async (fields: string[]): Promise<Record<string, unknown>> => {
    const selected = fields.map((name) => FIELDS[name] ?? name).join(' ');
    const { answer } = await ask(`{ logs(first: 1) { edges { node { ...F } } } } fragment F on Log { ${selected} }`);
    return (answer.data.logs as { edges: { node: Record<string, unknown> }[] }).edges[0]!.node;
  };
  const all = await read(names);
  expect(Object.entries(all).filter(([, value]) => value === null || value === undefined)).toEqual([]);
  for (const name of names) expect(await read([name])).toEqual({ [name]: all[name] });
});

test('a page alone does not read the records around it', async () => {
  const { answer } = await ask('{ logs(first: 5) { pageInfo { endCursor } } }');
  const { endCursor } = (answer.data.logs as { pageInfo: { endCursor: string } }).pageInfo;
  expect((await ask(`{ logs(first: 5, after: "${endCursor}") { nodes { message } } }`)).count).toBe(1);
  const around = await ask(`{ logs(first: 5, after: "${endCursor}") { pageInfo { hasPreviousPage } } }`);
  expect(around.answer.data).toEqual({ logs: { pageInfo: { hasPreviousPage: true } } });
});
