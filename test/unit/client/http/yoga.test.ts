import { createServer } from 'node:http';
import express from 'express';
import { expect, test } from 'vitest';
import { expressRequestLog } from '../../../../client/src/http.ts';
import { createLines, type Line } from '../../../support/client/lines.ts';
import { createTestYoga, listening, startYoga } from '../../../support/client/web-apps.ts';

const isRecord = ({ graphql }: Line): boolean => graphql !== undefined;
const ask = (url: string, query: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });

test('the record of a request names its operation, and the lines of resolvers bear its ids', async () => {
  const lines = createLines();
  await using app = await startYoga(lines);
  const response = await ask(`${app.url}/graphql`, 'query Order { order(id: 7) }', {
    'x-correlation-id': 'c-1',
    'x-user': 'ann',
  });
  expect(await response.json()).toEqual({ data: { order: 'order 7' } });
  expect(response.headers.get('x-correlation-id')).toBe('c-1');
  expect(await lines.one(isRecord)).toMatchObject({
    level: 30,
    msg: 'POST /graphql 200',
    correlation_id: 'c-1',
    user_id: 'ann',
    graphql: { operation: 'Order', type: 'query' },
  });
  expect(lines.lines[0]).toMatchObject({ msg: 'within', correlation_id: 'c-1' });
});

test('an error that Yoga masks makes the level error, and keeps its stack', async () => {
  const lines = createLines();
  await using app = await startYoga(lines);
  const { errors } = (await (await ask(`${app.url}/graphql`, '{ fails }')).json()) as { errors: { message: string }[] };
  expect(errors[0]!.message).toBe('Unexpected error.');
  expect(await lines.one(isRecord)).toMatchObject({
    level: 50,
    graphql: { errors: 1 },
    err: { type: 'RangeError', message: 'no such page', stack: expect.stringContaining('web-apps.ts') },
  });
});

test('an error that the client is to see is counted alone', async () => {
  const lines = createLines();
  await using app = await startYoga(lines);
  await ask(`${app.url}/graphql`, '{ refused }');
  const record = await lines.one(isRecord);
  expect(record).toMatchObject({ level: 30, graphql: { type: 'query', errors: 1 } });
  expect(record).not.toHaveProperty('err');
});

test('the record of a subscription comes at its end, and its lines bear the ids', async () => {
  const lines = createLines();
  await using app = await startYoga(lines);
  const response = await ask(`${app.url}/graphql`, 'subscription Ticks { ticks }', {
    accept: 'text/event-stream',
    'x-correlation-id': 'c-2',
  });
  expect(await response.text()).toContain('"ticks":2');
  expect(await lines.one(isRecord)).toMatchObject({
    correlation_id: 'c-2',
    graphql: { operation: 'Ticks', type: 'subscription' },
  });
  expect(lines.lines.map(({ msg, correlation_id: id }) => [msg, id])).toEqual([
    ['within', 'c-2'],
    ['within', 'c-2'],
    ['POST /graphql 200', 'c-2'],
  ]);
});

test('inside of Express there is one record, with the fields of both', async () => {
  const lines = createLines();
  const requests = expressRequestLog({ log: lines.log });
  const app = express().use(requests);
  app.use('/graphql', createTestYoga(lines));
  await using server = await listening(createServer(app));
  await ask(`${server.url}/graphql`, 'query Order { order(id: 7) }');
  expect(await lines.one(isRecord)).toMatchObject({ msg: 'POST /graphql 200', graphql: { operation: 'Order' } });
  expect(lines.lines.filter(({ http }) => http)).toHaveLength(1);
});

test('without node:http the record is written when the response is made', async () => {
  const lines = createLines();
  const yoga = createTestYoga(lines);
  const response = await yoga.fetch('http://localhost/graphql?query={order(id:7)}', {
    headers: { 'x-request-id': 'r-1' },
  });
  expect(response.headers.get('x-request-id')).toBe('r-1');
  expect(await lines.one(isRecord)).toMatchObject({ correlation_id: 'r-1', http: { path: '/graphql', status: 200 } });
});
