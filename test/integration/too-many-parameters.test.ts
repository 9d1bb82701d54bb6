import { expect, test } from 'vitest';
import { startTestServer } from '../support/server.ts';

/** 32 keys: the statement has each of them several times. */
const LONG_PATH = Array.from({ length: 32 }, () => 'a').join('.');
const CONDITIONS = 199;

test('a statement with more values than PostgreSQL accepts is an error of the query, not of the server', async () => {
  await using server = await startTestServer();
  await server.ingest('{"level":"error","message":"one"}');
  const and = Array.from({ length: CONDITIONS }, (_, value) => ({ query: `attributes.${LONG_PATH}:>${value}` }));
  const ask = (field: string) =>
    server.query(`query ($filter: LogFilter) { stats(filter: $filter) { ${field} } }`, { filter: { and } });
  // The filter stands in this statement once.
  expect((await ask('total')).errors).toBeUndefined();
  // Here it stands twice.
  const { errors } = await ask('topErrors { count }');
  expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
  expect(errors![0]!.message).toContain('expected a filter with fewer conditions');
});
