import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { loadConfig } from '../../../src/config.ts';
import { createGraphql, GRAPHQL_PATH } from '../../../src/http/graphql/graphql.ts';
import type { Services } from '../../../src/resolvers/context.ts';

const graphql = createGraphql({ config: loadConfig({}), log: pino({ level: 'silent' }) } as unknown as Services);

const post = async (body: string, accept = 'application/json') => {
  const headers = { 'content-type': 'application/json', accept };
  const request = new Request(`http://127.0.0.1${GRAPHQL_PATH}`, { method: 'POST', headers, body });
  const response = await graphql.handle(request, ANYONE);
  return { status: response.status, result: (await response.json()) as never };
};

test.each([
  ['no JSON', '{', /the body: expected JSON, got .+/],
  ['a list', '[1]', /the body: expected one JSON object with `query`, got a list/],
])('a body that is %s is a bad request', async (_, body, message) => {
  expect(await post(body)).toEqual({
    status: 400,
    result: { errors: [{ message: expect.stringMatching(message), extensions: { code: 'BAD_REQUEST' } }] },
  });
});

test.each([
  ['application/graphql-response+json', 400],
  ['application/json', 200],
])(
  'an operation beyond the limits, for a client that accepts %s, has the status %i of the specification',
  async (accept, expected) => {
    const query = `{ ${'a '.repeat(2000)} }`;
    const { status, result } = await post(JSON.stringify({ query }), accept);
    expect(status).toBe(expected);
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
  },
);
