import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { ApiError, graphqlUrl, request, send, sentence, socketUrl, Unreachable } from '../../../src/cli/client/api.ts';

const never = new AbortController().signal;

/** A server that gives every request this answer. */
async function answering(status: number, type: string, body: string) {
  const http = createServer((_, response) => response.writeHead(status, { 'content-type': type }).end(body));
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    http.close();
    http.closeAllConnections();
  };
  return { url, close, [Symbol.asyncDispose]: close };
}

test('a base URL leads to its GraphQL endpoint, wherever that is mounted', () => {
  expect(graphqlUrl('http://h:4000').href).toBe('http://h:4000/graphql');
  expect(graphqlUrl('http://h:4000/').href).toBe('http://h:4000/graphql');
  expect(graphqlUrl('http://h/logs/').href).toBe('http://h/logs/graphql');
  expect(graphqlUrl('http://h/graphql').href).toBe('http://h/graphql');
  expect(socketUrl('https://h/logs')).toBe('wss://h/logs/graphql');
  expect(socketUrl('http://h:1')).toBe('ws://h:1/graphql');
});

test.each(['localhost:4000', 'ftp://h', '', 'h'])('%j is no URL of a server', (url) => {
  expect(() => graphqlUrl(url)).toThrow(Unreachable);
});

test("an error of the API keeps the server's code and sentence", async () => {
  const body = '{"data":null,"errors":[{"message":"too\\n slow","extensions":{"code":"QUERY_TIMEOUT"}}]}';
  await using server = await answering(200, 'application/json', body);
  const error = await request(server.url, { query: '{ a }' }, never).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(sentence(error)).toBe('too slow (QUERY_TIMEOUT)');
});

test('one field that failed does not hide the others', async () => {
  const body = '{"data":{"a":1,"b":null},"errors":[{"message":"no b","extensions":{"code":"INTERNAL"}}]}';
  await using server = await answering(200, 'application/graphql-response+json', body);
  const { data, errors } = await send(server.url, { query: '{ a b }' }, never);
  expect(data).toEqual({ a: 1, b: null });
  expect(errors.map(({ code }) => code)).toEqual(['INTERNAL']);
});

test.each([
  [404, 'text/html', '<h1>not found</h1>'],
  [200, 'application/json', '"hello"'],
  [200, 'application/json', '{}'],
])('a server of something else is told: HTTP %i %s %s', async (status, type, body) => {
  await using server = await answering(status, type, body);
  await expect(request(server.url, { query: '{ a }' }, never)).rejects.toThrow(
    `expected a Weir server at ${server.url}, got HTTP ${status}`,
  );
});

test('a server that is not there is told with its URL', async () => {
  const { url, close } = await answering(200, 'text/plain', '');
  await close();
  await expect(request(url, { query: '{ a }' }, never)).rejects.toThrow(`cannot reach ${url}: connection refused`);
});

test('what a server says cannot command the terminal either', () => {
  expect(sentence(new ApiError('X\x1b', 'a\x1b[31mb'))).toBe('a\\x1b[31mb (X\\x1b)');
});
