import { serverAudits } from 'graphql-http';
import { afterAll, expect, test } from 'vitest';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
afterAll(() => server[Symbol.asyncDispose]());

test.each(serverAudits({ url: `${server.url}/graphql` }))('GraphQL over HTTP: $name', async ({ fn }) => {
  const result = await fn();
  expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
});
